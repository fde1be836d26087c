gopool::group! { prefxi = "/v1" }

fn main() {}
