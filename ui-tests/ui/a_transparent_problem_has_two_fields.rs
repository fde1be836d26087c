#[derive(gopool::Problem)]
enum ShopError {
    #[problem(transparent)]
    Other(gopool::Error, u64),
}

fn main() {
    let _ = ShopError::Other(gopool::Error::not_found(""), 7);
}
