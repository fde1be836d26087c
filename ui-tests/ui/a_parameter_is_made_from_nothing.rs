#[derive(Clone, gopool::Param)]
struct User;

fn main() {}
