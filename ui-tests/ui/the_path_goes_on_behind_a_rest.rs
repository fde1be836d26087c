use gopool::Path;

#[gopool::get("/files/{*rest}/info")]
fn info(rest: Path<String>) -> String {
    rest.0
}

fn main() {}
