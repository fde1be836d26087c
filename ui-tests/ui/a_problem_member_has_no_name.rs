#[derive(gopool::Problem)]
enum ShopError {
    #[problem(status = 409, detail = "sold out")]
    SoldOut(#[problem(member)] u64),
}

fn main() {
    let _ = ShopError::SoldOut(7);
}
