use gopool::Query;

struct Filter {
    name: String,
}

#[gopool::get("/users")]
fn users(filter: Query<Filter>) -> String {
    filter.0.name
}

fn main() {}
