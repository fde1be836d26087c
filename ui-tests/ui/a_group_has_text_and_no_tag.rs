gopool::group! {
    /// What customers may do.
    prefix = "/v1",
}

fn main() {}
