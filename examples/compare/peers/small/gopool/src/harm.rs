//! What may go wrong, on a thread of the pool and in a process.

#[gopool::get("/hang")]
fn hang() -> &'static str {
    service::hang()
}

#[gopool::get("/leak")]
fn leak() -> &'static str {
    service::leak()
}

#[gopool::get("/large")]
fn large() -> String {
    service::large()
}

#[gopool::get("/isolated/hang", run = "isolated")]
fn hang_apart() -> &'static str {
    service::hang()
}

#[gopool::get("/isolated/leak", run = "isolated")]
fn leak_apart() -> &'static str {
    service::leak()
}
