#[gopool::before]
fn guard<T>() {}

fn main() {}
