use gopool::Header;

struct Client {
    user_agent: Option<String>,
}

#[gopool::get("/agent")]
fn agent(client: Header<Client>) -> String {
    client.0.user_agent.unwrap_or_default()
}

fn main() {}
