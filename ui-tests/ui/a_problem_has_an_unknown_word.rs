#[derive(gopool::Problem)]
enum ShopError {
    #[problem(stauts = 409, detail = "sold out")]
    SoldOut,
}

fn main() {
    let _ = ShopError::SoldOut;
}
