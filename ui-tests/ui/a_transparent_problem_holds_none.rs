#[derive(gopool::Problem)]
enum ShopError {
    #[problem(transparent)]
    Storage(std::io::Error),
}

fn main() {
    let _ = ShopError::Storage(std::io::Error::other(""));
}
