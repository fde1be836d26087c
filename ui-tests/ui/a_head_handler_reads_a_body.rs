#[gopool::head("/users")]
fn users(filter: gopool::Bytes) {
    drop(filter);
}

fn main() {}
