#[gopool::get("/users")]
mod users {}

fn main() {}
