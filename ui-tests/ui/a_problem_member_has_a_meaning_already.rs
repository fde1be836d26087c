#[derive(gopool::Problem)]
enum ShopError {
    #[problem(status = 409, detail = "sold out")]
    SoldOut {
        #[problem(member)]
        status: u16,
    },
}

fn main() {
    let _ = ShopError::SoldOut { status: 7 };
}
