use gopool::Body;

struct User {
    name: String,
}

#[gopool::post("/users")]
fn create(user: Body<User>) -> String {
    user.0.name
}

fn main() {}
