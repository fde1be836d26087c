use gopool::Body;

#[gopool::get("/users")]
fn users(filter: Body<Vec<String>>) -> String {
    filter.len().to_string()
}

fn main() {}
