struct Database;

#[gopool::get("/users")]
fn users(database: Database) -> &'static str {
    let _ = database;
    "users"
}

fn main() {}
