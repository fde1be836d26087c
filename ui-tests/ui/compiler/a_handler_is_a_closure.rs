fn main() {
    let _users = #[gopool::get("/users")]
    || "users";
}
