#[gopool::get("/100%")]
fn all() -> &'static str {
    "all"
}

fn main() {}
