struct User {
    name: String,
}

#[gopool::get("/user")]
fn user() -> User {
    let name = String::new();
    User { name }
}

fn main() {}
