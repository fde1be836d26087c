use gopool::Path;

#[gopool::get("/files/{name}.{extension}")]
fn file(path: Path<(String, String)>) -> String {
    path.0.0
}

fn main() {}
