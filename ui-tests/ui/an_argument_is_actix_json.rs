mod web {
    pub struct Json<T>(pub T);
}

#[gopool::post("/users")]
fn create(user: web::Json<String>) -> String {
    user.0
}

fn main() {}
