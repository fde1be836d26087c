//! A trait for every type, whose methods are called like all that an expansion calls.

use gopool::{Body, Ctx, Error, Path, Query, Status};

#[allow(dead_code, reason = "being there is what could be in the way")]
trait Everything: Sized {
    fn settle(self) -> u8 {
        1
    }
    fn choose(self) -> u8 {
        2
    }
    fn finish(self, _reply: u8) -> u8 {
        3
    }
    fn wait(self) -> u8 {
        4
    }
    fn read(self) -> u8 {
        5
    }
    fn reply(self) -> u8 {
        6
    }
    fn into_error(self) -> u8 {
        7
    }
    fn take(self) -> u8 {
        8
    }
    fn of(self) -> u8 {
        9
    }
    fn pin(self) -> u8 {
        10
    }
    fn required(self) -> u8 {
        11
    }
    fn optional(self) -> u8 {
        12
    }
    fn repeated(self) -> u8 {
        13
    }
}

impl<T> Everything for T {}

/// The same for what a method takes by reference.
#[allow(dead_code, reason = "being there is what could be in the way")]
trait Borrowed {
    fn settle(&self) {}
    fn choose(&self) {}
    fn finish(&self) {}
    fn wait(&self) {}
}

impl<T: ?Sized> Borrowed for T {}

#[derive(serde::Deserialize)]
struct Filter {
    name: String,
}

#[derive(serde::Serialize)]
struct Found {
    name: String,
}

#[derive(gopool::Header)]
struct Client {
    user_agent: Option<String>,
    x_tenant: u32,
    x_tag: Vec<String>,
}

#[gopool::get("/everything/json")]
fn json(filter: Query<Filter>) -> Found {
    Found { name: filter.0.name }
}

#[gopool::get("/everything/result/{id}")]
fn result(id: Path<String>) -> Result<Status<201, Found>, Error> {
    let number: u64 = id.0.parse()?;
    Ok(Status(Found {
        name: number.to_string(),
    }))
}

#[gopool::post("/everything/async")]
async fn asynchronous(body: Body<Filter>) -> Result<String, std::io::Error> {
    Ok(body.0.name)
}

#[gopool::get("/everything/nothing")]
fn nothing(client: gopool::Header<Client>) {
    drop((client.0.user_agent, client.0.x_tenant, client.0.x_tag));
}

#[gopool::on_shutdown]
async fn bye(words: Ctx<String>) -> Result<(), Error> {
    drop(words);
    Ok(())
}
