trait Users {
    #[gopool::get("/users")]
    fn users() -> &'static str;
}

fn main() {}
