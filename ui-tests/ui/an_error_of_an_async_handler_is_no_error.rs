struct NotFound;

#[gopool::get("/user")]
async fn user() -> Result<String, NotFound> {
    Err(NotFound)
}

fn main() {}
