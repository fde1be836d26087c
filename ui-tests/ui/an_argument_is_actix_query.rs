mod web {
    pub struct Query<T>(pub T);
}

#[gopool::get("/users")]
fn users(filter: web::Query<String>) -> String {
    filter.0
}

fn main() {}
