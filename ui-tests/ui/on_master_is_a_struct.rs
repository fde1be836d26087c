#[gopool::on_master]
struct Setup;

fn main() {}
