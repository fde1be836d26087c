use gopool::Path;

type Id = Path<u64>;

#[gopool::get("/users/{id}")]
fn user(id: Id, again: Path<u64>) -> String {
    format!("{}{}", *id, *again)
}

fn main() {}
