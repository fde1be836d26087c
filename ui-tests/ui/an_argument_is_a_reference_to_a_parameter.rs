use gopool::HeaderMap;

#[gopool::get("/count")]
fn count(headers: &HeaderMap) -> String {
    headers.len().to_string()
}

fn main() {}
