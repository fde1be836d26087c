#[gopool::on_master]
fn setup(master: &mut gopool::Master) {
    let _ = master;
}

fn main() {}
