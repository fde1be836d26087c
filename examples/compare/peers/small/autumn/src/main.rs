//! autumn-web, with CPU work in tokio's `spawn_blocking`.

mod harm;

use autumn_web::{AutumnError, AutumnResult, extract::Path, prelude::*};
use service::Fib;
use tokio::task::spawn_blocking;

#[get("/ok")]
async fn ok() -> &'static str {
    "ok"
}

#[get("/fib/{n}")]
async fn fib(n: Path<u32>) -> AutumnResult<Json<Fib>> {
    let fib = spawn_blocking(move || service::fib(*n)).await;
    fib.map(Json).map_err(AutumnError::internal_server_error)
}

#[autumn_web::main]
async fn main() {
    autumn_web::app()
        .routes(routes![ok, fib])
        .routes(harm::routes())
        .run()
        .await;
}
