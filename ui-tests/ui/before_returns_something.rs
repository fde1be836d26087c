#[gopool::before]
fn guard() -> Result<bool, gopool::Error> {
    Ok(true)
}

fn main() {}
