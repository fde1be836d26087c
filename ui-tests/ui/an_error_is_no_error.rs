struct NotFound;

#[gopool::get("/user")]
fn user() -> Result<String, NotFound> {
    Err(NotFound)
}

fn main() {}
