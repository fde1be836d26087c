mod axum {
    pub struct Json<T>(pub T);
}

#[gopool::post("/users")]
fn create(user: axum::Json<String>) -> String {
    user.0
}

fn main() {}
