gopool::group! { rate = "many" }

fn main() {}
