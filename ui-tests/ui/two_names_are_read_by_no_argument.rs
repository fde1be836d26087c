use gopool::Query;

#[gopool::get("/users/{id}/posts/{post}")]
fn post(query: Query<Vec<(String, String)>>) -> String {
    query.len().to_string()
}

fn main() {}
