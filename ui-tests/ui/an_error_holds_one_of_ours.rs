#[derive(Debug)]
struct Loading(gopool::Error);

impl std::fmt::Display for Loading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "loading: {}", self.0)
    }
}

impl std::error::Error for Loading {}

#[gopool::get("/user")]
fn user() -> Result<String, gopool::Error> {
    let loading: Result<String, Loading> = Err(Loading(gopool::Error::not_found("no user")));
    Ok(loading?)
}

fn main() {}
