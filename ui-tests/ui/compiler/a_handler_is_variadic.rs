#[gopool::get("/users")]
unsafe extern "C" fn users(_: ...) {}

fn main() {}
