//! What a process may do that has confined itself, as docs/isolated.md shows.

use std::{fs, net::TcpStream};

use gopool::{Error, Path, Query};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus,
    path_beneath_rules,
};
use serde::Deserialize;

/// What programs need, and what a process says of itself.
const READABLE: [&str; 4] = ["/usr", "/lib", "/lib64", "/proc/self"];

/// From here on this process can read those, and nothing else of the disk and the network.
pub(super) fn confine() -> Result<(), Error> {
    let abi = ABI::V4;
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(READABLE, AccessFs::from_read(abi)))?;
    match ruleset.restrict_self()?.ruleset {
        RulesetStatus::NotEnforced => Err("this kernel has no landlock".into()),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct Wanted {
    path: String,
}

/// What opening a file to read it comes to.
#[gopool::get("/lab/isolated/reads", run = "isolated")]
fn reads(wanted: Query<Wanted>) -> String {
    told(fs::File::open(&wanted.path))
}

/// The same to write it.
#[gopool::get("/lab/isolated/writes", run = "isolated")]
fn writes(wanted: Query<Wanted>) -> String {
    told(fs::File::create(&wanted.path))
}

/// What connecting to a port of this machine comes to.
#[gopool::get("/lab/isolated/connects/{port}", run = "isolated")]
fn connects(port: Path<u16>) -> String {
    told(TcpStream::connect(("127.0.0.1", *port)))
}

fn told<T>(done: std::io::Result<T>) -> String {
    done.map_or_else(|error| format!("{:?}", error.kind()), |_| "done".to_owned())
}
