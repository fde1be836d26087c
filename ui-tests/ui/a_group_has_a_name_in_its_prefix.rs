gopool::group! { prefix = "/v1/shops/{id}" }

fn main() {}
