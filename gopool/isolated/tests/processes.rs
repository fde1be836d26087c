//! Real children: this program plays both parts, which the usual harness would not let it.
//!
//! `cargo test -p gopool-isolated --test processes -- NAME` runs those whose name holds `NAME`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap fails the test")]

#[path = "processes/child.rs"]
mod child;
#[path = "processes/outside.rs"]
mod outside;
#[path = "processes/parts.rs"]
mod parts;
#[path = "processes/table.rs"]
mod table;
#[path = "processes/tidy.rs"]
mod tidy;

use std::panic::{AssertUnwindSafe, catch_unwind};

use gopool_isolated::Inside;

type Test = (&'static str, fn());

fn main() {
    if let Some(inside) = Inside::enter().unwrap() {
        child::live(inside);
    }
    if let Some(mode) = std::env::args().nth(1).filter(|mode| mode == tidy::PARENT) {
        return tidy::be(&mode);
    }
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let is_wanted = |test: &Test| wanted.as_ref().is_none_or(|part| test.0.contains(part));
    let tests = [table::TESTS, parts::TESTS, outside::TESTS, tidy::TESTS].concat();
    let mut failed = Vec::new();
    for (name, test) in tests.into_iter().filter(is_wanted) {
        let before = tidy::Household::of_this_process();
        let ran = catch_unwind(AssertUnwindSafe(|| {
            test();
            before.is_as_before();
        }));
        println!("test {name} ... {}", if ran.is_ok() { "ok" } else { "FAILED" });
        if ran.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}
