#[derive(gopool::Problem)]
#[problem(status = 409, detail = "sold out")]
struct SoldOut<T>(T);

fn main() {
    let _ = SoldOut(7);
}
