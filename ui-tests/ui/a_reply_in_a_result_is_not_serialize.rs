use gopool::Error;

struct User;

#[gopool::get("/user")]
async fn user() -> Result<User, Error> {
    Ok(User)
}

fn main() {}
