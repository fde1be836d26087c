use gopool::Status;

#[gopool::post("/items")]
fn item() -> (Status<201>, &'static str, String) {
    (Status(()), "location: /items/7", String::new())
}

fn main() {}
