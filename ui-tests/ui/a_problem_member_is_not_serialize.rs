struct Id;

#[derive(gopool::Problem)]
enum ShopError {
    #[problem(status = 409, detail = "sold out")]
    SoldOut {
        #[problem(member)]
        id: Id,
    },
}

fn main() {
    let _ = ShopError::SoldOut { id: Id };
}
