#[derive(gopool::Problem)]
enum ShopError {
    #[problem(status = 409)]
    SoldOut,
}

fn main() {
    let _ = ShopError::SoldOut;
}
