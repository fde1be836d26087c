#[derive(gopool::Problem)]
enum ShopError {
    #[problem(status = 409, detail = "sold out", header("x left", "0"))]
    SoldOut,
}

fn main() {
    let _ = ShopError::SoldOut;
}
