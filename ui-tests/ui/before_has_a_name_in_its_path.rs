#[gopool::before("/v1/shops/{id}")]
fn guard() {}

fn main() {}
