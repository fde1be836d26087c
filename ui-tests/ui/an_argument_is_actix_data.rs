mod web {
    pub struct Data<T>(pub T);
}

#[gopool::get("/users")]
fn users(database: web::Data<String>) -> String {
    database.0
}

fn main() {}
