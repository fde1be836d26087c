use gopool::Query;

#[gopool::on_shutdown]
async fn bye(query: Query<String>) {
    drop(query);
}

fn main() {}
