#[gopool::get("/café")]
fn menu() -> &'static str {
    "menu"
}

fn main() {}
