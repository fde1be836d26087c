#[gopool::on_master]
async fn setup(master: &mut gopool::Master) -> u64 {
    let _ = master;
    7
}

fn main() {}
