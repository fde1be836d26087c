mod axum {
    pub mod extract {
        pub struct State<T>(pub T);
    }
}

#[gopool::post("/users")]
fn create(state: axum::extract::State<String>) -> String {
    state.0
}

fn main() {}
