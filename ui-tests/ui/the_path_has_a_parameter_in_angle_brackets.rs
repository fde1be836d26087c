use gopool::Path;

#[gopool::get("/users/<id>")]
fn user(id: Path<u64>) -> String {
    id.to_string()
}

fn main() {}
