#[derive(gopool::Problem)]
enum ShopError {
    #[problem(status = 200, detail = "sold out")]
    SoldOut,
}

fn main() {
    let _ = ShopError::SoldOut;
}
