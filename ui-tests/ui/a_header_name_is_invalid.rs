#[derive(gopool::Header)]
struct Client {
    #[header("user agent")]
    user_agent: String,
}

fn main() {}
