const ADMIN: &str = "/v1/admin";

#[gopool::before(ADMIN)]
fn guard() {}

fn main() {}
