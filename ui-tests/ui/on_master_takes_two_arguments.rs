#[gopool::on_master]
async fn setup(master: &mut gopool::Master, port: u16) {
    let _ = (master, port);
}

fn main() {}
