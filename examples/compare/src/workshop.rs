//! Builds the servers and installs the tools that are missing.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Failure, peer::Origin, process::run, stage::root};

/// Builds the servers that are wanted, all in one target folder.
///
/// One after another: in one call each would get the features that another needs of a common dependency, and would be a
/// different server in each choice of rows.
pub(crate) fn build_servers(target: &Path, origins: &BTreeSet<Origin>) -> Result<(), Failure> {
    eprintln!("building the servers");
    for origin in origins {
        if let Origin::Cargo(manifest, package) = origin {
            run(cargo(target).args(["--manifest-path", manifest, "-p", package]))?;
        }
    }
    Ok(())
}

fn cargo(target: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(root())
        .args(["build", "--release", "--quiet", "--target-dir"])
        .arg(target);
    command
}

/// The closed-loop generator, from the distribution's packages.
pub(crate) fn wrk() -> Result<PathBuf, Failure> {
    match on_path("wrk") {
        Some(wrk) => Ok(wrk),
        None => {
            install_package("wrk")?;
            on_path("wrk").ok_or_else(|| "install `wrk` and try again".into())
        }
    }
}

/// The open-loop generator, which counts a delayed request from the moment it was due.
pub(crate) fn oha(results: &Path) -> Result<PathBuf, Failure> {
    let tools = results.join("tools");
    let own = tools.join("bin/oha");
    if own.exists() {
        return Ok(own);
    }
    if let Some(oha) = on_path("oha") {
        return Ok(oha);
    }
    eprintln!("building oha");
    let mut install = Command::new("cargo");
    install
        .args(["install", "oha", "--locked", "--quiet", "--root"])
        .arg(&tools)
        // Its build must not get mixed up with ours.
        .arg("--target-dir")
        .arg(tools.join("build"));
    run(&mut install)?;
    Ok(own)
}

/// Installs the Node servers and bundles the one that works only bundled.
pub(crate) fn node_servers(results: &Path) -> Result<PathBuf, Failure> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        return Err("install Node and npm to have them".into());
    }
    let folder = results.join("node");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(root().join("examples/compare/peers/node"))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    if !folder.join("node_modules").exists() {
        eprintln!("installing the Node servers");
        run(Command::new("npm")
            .args(["install", "--silent"])
            .current_dir(&folder))?;
    }
    let mut bundle = Command::new(folder.join("node_modules/.bin/esbuild"));
    bundle.args([
        "gopool.cjs",
        "--bundle",
        "--platform=node",
        "--outfile=bundle.cjs",
    ]);
    // The package starts its worker threads with its own file's name, so all but these must be in one file.
    bundle.args(["piscina", "fastify", "pg"].map(|package| format!("--external:{package}")));
    run(bundle.arg("--log-level=error").current_dir(&folder))?;
    Ok(folder)
}

/// Installs a package of Debian.
pub(crate) fn install_package(name: &str) -> Result<(), Failure> {
    eprintln!("installing {name}");
    let mut install = Command::new("apt-get");
    install
        .args(["install", "-y", "--no-install-recommends", name])
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut install).map_err(|failure| format!("install `{name}` and try again: {failure}"))?;
    Ok(())
}

/// Where a program is, if it is installed.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
