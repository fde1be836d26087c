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
/// different server in each choice of rows. One that cannot be built does not cost the figures of the others: it is not there to be started.
pub(crate) fn build_servers(target: &Path, origins: &BTreeSet<Origin>) {
    eprintln!("building the servers");
    for origin in origins {
        if let Origin::Cargo(manifest, package) = origin {
            let built = run(cargo(target).args(["--manifest-path", manifest, "-p", package]));
            if let Err(failure) = built {
                eprintln!("left out: {failure}");
            }
        }
    }
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

/// Installs the Node servers and bundles those of the npm package, which work only bundled.
pub(crate) fn node_servers(results: &Path) -> Result<PathBuf, Failure> {
    let folder = node_folder("node", &results.join("node"))?;
    for (script, bundle) in [("gopool.cjs", "bundle.cjs"), ("small.cjs", "small-bundle.cjs")] {
        let mut esbuild = Command::new(folder.join("node_modules/.bin/esbuild"));
        esbuild.args([script, "--bundle", "--platform=node"]);
        esbuild.arg(format!("--outfile={bundle}"));
        // The package starts its worker threads with its own file's name, so all but these must be in one file.
        esbuild.args(["piscina", "fastify", "pg"].map(|package| format!("--external:{package}")));
        run(esbuild.arg("--log-level=error").current_dir(&folder))?;
    }
    Ok(folder)
}

/// Installs fastify in its current release, which the npm package does not take.
pub(crate) fn fastify(results: &Path) -> Result<PathBuf, Failure> {
    node_folder("small/fastify", &results.join("fastify"))
}

/// A copy of one of the peers' folders, with what it needs from npm.
fn node_folder(peer: &str, folder: &Path) -> Result<PathBuf, Failure> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        return Err("install Node and npm to have the Node servers".into());
    }
    copy(peer, folder)?;
    if !folder.join("node_modules").exists() {
        eprintln!("installing the Node servers");
        run(Command::new("npm")
            .args(["install", "--silent"])
            .current_dir(folder))?;
    }
    Ok(folder.to_owned())
}

/// An environment of its own with FastAPI, and the server in it.
pub(crate) fn python(results: &Path) -> Result<PathBuf, Failure> {
    let folder = results.join("python");
    copy("small/fastapi", &folder)?;
    if !folder.join("bin/uvicorn").exists() {
        eprintln!("installing the Python server");
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]);
        run(pip.arg(folder.join("requirements.txt")))?;
    }
    Ok(folder)
}

/// The files of one of the peers' folders.
fn copy(peer: &str, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(root().join("examples/compare/peers").join(peer))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    Ok(())
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
