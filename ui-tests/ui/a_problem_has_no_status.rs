#[derive(gopool::Problem)]
#[problem(detail = "sold out")]
enum ShopError {
    SoldOut,
}

fn main() {
    let _ = ShopError::SoldOut;
}
