use gopool::Path;

struct Id(u64);

#[gopool::get("/users/{id}")]
fn user(id: Path<Id>) -> String {
    id.0.0.to_string()
}

fn main() {}
