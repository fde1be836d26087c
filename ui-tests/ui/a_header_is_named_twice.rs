#[derive(gopool::Header)]
struct Client {
    x_tenant: String,
    #[header("X-Tenant")]
    tenant: String,
}

fn main() {}
