#[gopool::get("/users")]
pub struct Users;

fn main() {}
