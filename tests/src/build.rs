//! The programs under test, built once for each test binary.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// The executable of the workspace with this name, in the profile of the tests.
pub fn executable(name: &str) -> &'static Path {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    built
        .get(name)
        .unwrap_or_else(|| panic!("no executable `{name}`, only {:?}", built.keys()))
}

fn build() -> BTreeMap<String, PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The whole workspace, so that dependencies get the features they have in `cargo test --workspace`, and nothing is built twice.
    cargo.args([
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--message-format=json-render-diagnostics",
    ]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the programs under test do not build");
    let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    messages.lines().filter_map(executable_of).collect()
}

/// The name and the path in one of cargo's messages, if it is about an executable.
fn executable_of(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let name = message["target"]["name"].as_str()?;
    Some((name.to_owned(), message["executable"].as_str()?.into()))
}
