//! `gopool::test`: an application that cannot start.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use std::sync::{Mutex, PoisonError};

use gopool::{App, Ctx, Error, Master, test::Client};
use tracing_subscriber::layer::Identity;

struct Database;

#[gopool::get("/one")]
fn one(_: Ctx<Database>) -> &'static str {
    "one"
}

#[gopool::get("/two")]
async fn two(_: Ctx<Database>) -> &'static str {
    "two"
}

/// How the start-up goes; one test at a time.
static START: Mutex<&str> = Mutex::new("");

#[gopool::on_master]
async fn prepare(master: &mut Master) -> Result<(), Error> {
    match *START.lock().unwrap_or_else(PoisonError::into_inner) {
        "fail" => return Err("the database is not there".into()),
        "panic" => panic!("the database exploded"),
        "forget" => {}
        _ => drop(master.ctx(Database)),
    }
    Ok(())
}

#[test]
fn a_start_that_fails_says_why_and_the_next_one_is_free_of_it() {
    let start = |how| {
        *START.lock().unwrap_or_else(PoisonError::into_inner) = how;
        Client::start()
    };
    for (how, parts) in [
        (
            "fail",
            &["the database is not there", "`prepare`", "client/refused.rs:"][..],
        ),
        ("panic", &["panicked", "`prepare`"]),
        ("forget", &["Database", "`one`", "`two`", "master.ctx(...)"]),
    ] {
        let text = start(how).unwrap_err().to_string();
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
    }
    let app = App::new().layer(|master| {
        master.ctx(Database);
        Ok(Identity::new())
    });
    assert!(Client::of(&app, &[]).is_ok(), "a layer prepares the master");
    assert_eq!(start("well").unwrap().get("/two").send().text(), "two");
}
