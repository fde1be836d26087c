use gopool::Status;

struct User;

#[gopool::get("/user")]
fn user() -> Status<201, User> {
    Status(User)
}

fn main() {}
