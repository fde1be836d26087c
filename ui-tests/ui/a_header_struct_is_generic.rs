#[derive(gopool::Header)]
struct Client<T> {
    user_agent: T,
}

fn main() {}
