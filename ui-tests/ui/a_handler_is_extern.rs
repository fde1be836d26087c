#[gopool::get("/users")]
extern "C" fn users() {}

fn main() {}
