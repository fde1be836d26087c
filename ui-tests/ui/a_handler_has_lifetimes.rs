use gopool::Query;

#[derive(serde::Deserialize)]
struct Filter<'a> {
    name: &'a str,
}

#[gopool::get("/users")]
fn users<'a>(filter: Query<Filter<'a>>) -> String {
    filter.name.to_owned()
}

fn main() {}
