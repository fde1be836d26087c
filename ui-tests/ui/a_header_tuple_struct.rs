#[derive(gopool::Header)]
struct Client(String);

fn main() {}
