#[gopool::get("/users")]
const fn users() -> &'static str {
    "users"
}

fn main() {}
