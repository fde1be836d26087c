#[derive(Debug)]
struct NotFound;

impl std::fmt::Display for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not found")
    }
}

impl std::error::Error for NotFound {}

impl From<NotFound> for gopool::Error {
    fn from(error: NotFound) -> Self {
        gopool::Error::not_found(error.to_string())
    }
}

#[gopool::get("/user")]
fn user() -> Result<String, NotFound> {
    Err(NotFound)
}

fn main() {}
