struct Sad;

#[gopool::on_shutdown]
async fn bye() -> Result<(), Sad> {
    Err(Sad)
}

fn main() {}
