use gopool::Body;

type Names = Body<Vec<String>>;

#[gopool::post("/users")]
fn create(names: Names, raw: gopool::Bytes) -> String {
    format!("{}{}", names.len(), raw.len())
}

fn main() {}
