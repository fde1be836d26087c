#[derive(gopool::Header)]
struct Client {
    user_agent: &'static str,
}

fn main() {}
