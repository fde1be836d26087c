gopool::group! { prefix = "/v1", run = "inline" }

fn main() {}
