use gopool::Query;

#[derive(serde::Deserialize)]
struct Filter<'a> {
    name: &'a str,
}

#[gopool::get("/users")]
fn users(filter: Query<Filter<'_>>) -> String {
    filter.name.to_owned()
}

fn main() {}
