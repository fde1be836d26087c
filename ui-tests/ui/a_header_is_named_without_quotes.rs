#[derive(gopool::Header)]
struct Client {
    #[header(name = "x")]
    user_agent: String,
}

fn main() {}
