#[gopool::get("/users")]
unsafe fn users() -> &'static str {
    "users"
}

fn main() {}
