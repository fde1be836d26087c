#[gopool::on_master]
async fn setup() {}

fn main() {}
