use gopool::Query;

type Filter = Query<Vec<(String, String)>>;

#[gopool::get("/users/{id}")]
fn user(filter: Filter) -> String {
    filter.len().to_string()
}

fn main() {}
