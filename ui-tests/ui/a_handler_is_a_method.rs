struct Users;

impl Users {
    #[gopool::get("/users")]
    fn users(&self) -> &'static str {
        "users"
    }
}

fn main() {}
