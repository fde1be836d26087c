gopool::group! { tag = 7 }

fn main() {}
