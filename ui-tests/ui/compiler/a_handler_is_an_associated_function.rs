struct Users;

impl Users {
    #[gopool::get("/users")]
    fn users() -> &'static str {
        "users"
    }
}

fn main() {}
