#[gopool::get("/caf%c3%a9")]
fn menu() -> &'static str {
    "menu"
}

fn main() {}
