use gopool::Path;

#[gopool::before("/v1")]
fn guard(id: Path<u64>) {
    let _ = id;
}

fn main() {}
