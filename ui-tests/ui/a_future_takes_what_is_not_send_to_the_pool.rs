use std::rc::Rc;

use gopool::Error;

#[gopool::get("/count")]
async fn count() -> Result<String, Error> {
    let local = Rc::new(7_u64);
    let count = gopool::cpu(move || *local).await?;
    Ok(count.to_string())
}

fn main() {}
