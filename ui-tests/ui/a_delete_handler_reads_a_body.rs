#![deny(deprecated)]
use gopool::Body;

#[gopool::delete("/users")]
fn delete(names: Body<Vec<String>>) -> String {
    names.len().to_string()
}

fn main() {}
