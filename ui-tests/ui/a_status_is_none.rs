use gopool::Status;

#[gopool::get("/user")]
fn user() -> Status<42, &'static str> {
    Status("user")
}

fn main() {}
