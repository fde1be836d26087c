gopool::group! {}

fn main() {}
