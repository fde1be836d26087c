//! Writes a thousand parameterised routes, as a large application has them.

use std::{env, fmt::Write as _, fs, io, path::Path};

const ROUTES: usize = 1_000;

fn main() -> io::Result<()> {
    let mut code = String::new();
    for index in 0..ROUTES {
        let _infallible = writeln!(
            code,
            "#[gopool::get(\"/r{index:04}/{{id}}\")] fn r{index:04}(id: gopool::Path<u64>) -> String {{ id.to_string() }}"
        );
    }
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets `OUT_DIR`"))?;
    println!("cargo::rerun-if-changed=build.rs");
    fs::write(Path::new(&folder).join("routes.rs"), code)
}
