struct App;

impl App {
    #[gopool::on_master]
    async fn setup(&self) {}
}

fn main() {}
