#[gopool::on_master]
async fn setup(master: &gopool::Master) {
    let _ = master;
}

fn main() {}
