use gopool::Master;

#[gopool::on_master]
async fn setup(#[cfg(all())] master: &mut Master) {
    master.ctx(7);
}

fn main() {}
