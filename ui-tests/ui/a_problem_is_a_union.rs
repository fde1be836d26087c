#[derive(gopool::Problem)]
#[problem(status = 409, detail = "sold out")]
union SoldOut {
    id: u64,
}

fn main() {
    let _ = SoldOut { id: 7 };
}
