use std::sync::MutexGuard;

use gopool::Ctx;

#[gopool::get("/count")]
fn count(counter: Ctx<MutexGuard<'static, u64>>) -> String {
    counter.to_string()
}

fn main() {}
