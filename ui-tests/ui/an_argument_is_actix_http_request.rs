struct HttpRequest;

#[gopool::get("/users")]
fn users(request: HttpRequest) -> &'static str {
    let _ = request;
    "users"
}

fn main() {}
