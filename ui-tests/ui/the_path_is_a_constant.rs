const PATH: &str = "/hello";

#[gopool::get(PATH)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
