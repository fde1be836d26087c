#[derive(gopool::Header)]
enum Client {
    UserAgent(String),
}

fn main() {}
