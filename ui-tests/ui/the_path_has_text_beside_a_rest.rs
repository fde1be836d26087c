use gopool::Path;

#[gopool::get("/files/{*rest}.gz")]
fn file(rest: Path<String>) -> String {
    rest.0
}

fn main() {}
