#[gopool::on_shutdown]
fn bye() {}

fn main() {}
