#[gopool::before("/v1", timeout = "1s")]
fn guard() {}

fn main() {}
