#[gopool::on_master(timeout = "1s")]
async fn setup(master: &mut gopool::Master) {
    let _ = master;
}

fn main() {}
