use gopool::Query;

#[derive(serde::Deserialize)]
struct Filter {
    name: String,
}

#[gopool::get("/users")]
fn users(Some(Query(filter)): Option<Query<Filter>>) -> String {
    filter.name
}

fn main() {}
