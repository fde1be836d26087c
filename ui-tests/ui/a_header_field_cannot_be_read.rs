struct Tenant;

#[derive(gopool::Header)]
struct Client {
    x_tenant: Tenant,
}

fn main() {}
