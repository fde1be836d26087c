//! A trait for every type, whose methods are called like all that an expansion calls.

use gopool::{Body, Ctx, Error, Path, Query, Status};

/// The same names by value, by reference, and without a receiver.
macro_rules! taken {
    ($($name:ident)*) => {
        #[allow(dead_code, reason = "being there is what could be in the way")]
        trait ByValue: Sized {
            $(fn $name(self) -> u8 { 1 })*
        }

        #[allow(dead_code, reason = "being there is what could be in the way")]
        trait ByReference {
            $(fn $name(&self) {})*
        }

        #[allow(dead_code, reason = "being there is what could be in the way")]
        trait WithoutReceiver {
            $(fn $name() -> u8 { 1 })*
        }

        impl<T> ByValue for T {}
        impl<T: ?Sized> ByReference for T {}
        impl<T: ?Sized> WithoutReceiver for T {}
    };
}

taken! {
    // What the expansion calls by a path.
    settle choose finish wait read reply into_error take returned checked call0 call1 call2 required optional repeated from_headers
    // What it calls with documents, and what derives call.
    parameter outcome header describe describe_untold made is_absent from_params problem into_problem causes with_cause
    // What the library's own types and those of `std` call so.
    of new pin from_millis from index deref call run submit as_str map and_then poll
    // What the expansion called once.
    __gopool_settle __gopool_choose
}

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

#[gopool::before("/everything")]
fn before(client: gopool::Header<Client>) -> Result<(), std::io::Error> {
    drop(client);
    Ok(())
}

#[gopool::after("/everything")]
fn after(response: gopool::Response, words: Ctx<String>) -> Result<gopool::Response, Error> {
    drop(words);
    Ok(response)
}
