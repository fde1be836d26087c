//! Where the control socket lies.

use std::{
    env, fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::{
    address::{Address, LONGEST_PATH},
    error::Error,
    settings::Settings,
};

const ANY_START: &str = "gopool-";

/// Where the control socket of these settings lies: beside the pid file, in `$XDG_RUNTIME_DIR`, or in a private
/// directory among the temporary files. `bound` are the addresses with the ports that the system chose.
pub(crate) fn path(settings: &Settings, bound: &[Address]) -> Result<PathBuf, Error> {
    let beside = settings.pid_file.as_deref().map(|file| match file.parent() {
        Some(dir) if dir != Path::new("") => dir.to_path_buf(),
        _ => PathBuf::from("."),
    });
    let runtime = || {
        env::var_os("XDG_RUNTIME_DIR")
            .filter(|dir| !dir.is_empty())
            .map(PathBuf::from)
    };
    let dir = match beside.or_else(runtime) {
        Some(dir) => dir,
        None => private_dir()?,
    };
    let relative = dir.join(file_name(&settings.name, bound));
    // A path from the root is found from anywhere, but only a short one fits into a socket's address.
    let absolute = std::path::absolute(&relative);
    Ok(absolute
        .ok()
        .filter(|path| path.as_os_str().len() <= LONGEST_PATH)
        .unwrap_or(relative))
}

/// What the names of all control sockets of an application begin with.
pub(super) fn file_name_start(name: &str) -> String {
    let plain = name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() || c == '-' => c,
        _ => '_',
    });
    let plain: String = plain.take(32).collect();
    format!("{ANY_START}{plain}-")
}

/// Whether it may be the control socket of any application.
pub(super) fn is_control_socket(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(ANY_START) && name.ends_with(".sock")
}

/// The application and its addresses make the name, so that two never share a socket; it is short, because the
/// path of a socket may have only 107 bytes.
fn file_name(name: &str, addresses: &[Address]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let texts = std::iter::once(name.to_owned()).chain(addresses.iter().map(ToString::to_string));
    // FNV-1a: the standard hasher may change between the compiler of the daemon and that of the client.
    for byte in texts.flat_map(|text| (text + "\n").into_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{}{hash:016x}.sock", file_name_start(name))
}

fn private_dir() -> Result<PathBuf, Error> {
    let user = rustix::process::geteuid().as_raw();
    let dir = env::temp_dir().join(format!("gopool-{user}"));
    let failed =
        |cause: io::Error| Error::caused(format!("cannot use the directory `{}`", dir.display()), &cause);
    match fs::DirBuilder::new().mode(0o700).create(&dir) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(failed(cause)),
        _ => {}
    }
    // Anybody may have made it first.
    let found = fs::symlink_metadata(&dir).map_err(failed)?;
    if !found.is_dir() || found.uid() != user || found.permissions().mode() & 0o077 != 0 {
        return Err(Error::new(format!(
            "`{}` is not a private directory of this user; remove it",
            dir.display()
        )));
    }
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_applications_or_two_addresses_never_share_a_control_socket() {
        let address = |port: u16| [Address::Tcp(([127, 0, 0, 1], port).into())];
        let names = [
            file_name("app", &address(6100)),
            file_name("app", &address(6101)),
            file_name("app/", &address(6100)),
            file_name("app", &[Address::Unix("/run/app.sock".into())]),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name} twice");
            assert!(!name.contains('/'));
        }
        assert_eq!(
            names[0], "gopool-app-317488025bdcb8ec.sock",
            "old daemons must stay reachable"
        );
    }
}
