#[gopool::get("/search?q={q}")]
fn search() -> &'static str {
    "found"
}

fn main() {}
