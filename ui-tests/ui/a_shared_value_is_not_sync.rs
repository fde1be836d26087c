use std::cell::Cell;

use gopool::Ctx;

#[gopool::get("/count")]
fn count(counter: Ctx<Cell<u64>>) -> String {
    counter.get().to_string()
}

fn main() {}
