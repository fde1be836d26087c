use gopool::{Error, Failure};

#[gopool::on_failure]
fn failed(failure: &Failure) -> Error {
    Error::status(failure.error().code())
}

fn main() {}
