use gopool::Header;

#[derive(gopool::Header)]
struct Client {
    #[header("x tenant")]
    tenant: u32,
}

#[gopool::get("/v1/tenant")]
fn tenant(client: Header<Client>) -> String {
    client.tenant.to_string()
}

fn main() {}
