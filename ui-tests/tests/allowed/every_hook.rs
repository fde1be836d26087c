//! Every hook.

use gopool::{Ctx, Error, HeaderMap, Master};

#[gopool::on_master]
async fn setup(master: &mut Master) -> Result<(), Error> {
    let _ = master;
    Ok(())
}

#[gopool::on_shutdown]
async fn bye(name: Ctx<String>, count: Ctx<u64>) {
    let _ = (name, count);
}

#[gopool::on_shutdown]
async fn last() -> Result<(), std::io::Error> {
    Ok(())
}

#[gopool::header_getter]
fn pick(headers: &HeaderMap) -> HeaderMap {
    headers.clone()
}
