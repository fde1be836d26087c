use gopool::{RequestId, Response};

#[gopool::after]
fn stamp(id: RequestId) -> Response {
    Response::ok().text(id.as_str())
}

fn main() {}
