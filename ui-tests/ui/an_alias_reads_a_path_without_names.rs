use gopool::Path;

type Id = Path<u64>;

#[gopool::get("/users")]
fn user(id: Id) -> String {
    id.to_string()
}

fn main() {}
