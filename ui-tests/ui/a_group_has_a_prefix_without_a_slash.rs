gopool::group! { prefix = "v1" }

fn main() {}
