//! A shop: sign-in, items, orders, pictures, an export and events. What a service of one's own may look like.

mod api;
mod database;
mod error;

use api::{orders::Bell, session::Key};
use database::Database;
use gopool::{App, Error, Master};

/// Asked by whoever wants to know whether the service lives.
#[gopool::get("/health", run = "inline")]
fn health() -> &'static str {
    "ok"
}

#[gopool::on_master]
async fn prepare(master: &mut Master) -> Result<(), Error> {
    let database = Database::connect().await?;
    master.ctx(Key::of(&database).await?);
    master.ctx(Bell::hung(&database).await?);
    master.ctx(database);
    Ok(())
}

fn app() -> App {
    App::new()
        .title("A shop")
        .version(env!("CARGO_PKG_VERSION"))
        .description("Sells chairs.")
}

fn main() -> std::process::ExitCode {
    app().start()
}

#[cfg(test)]
mod tests;
