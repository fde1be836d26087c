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

/// Where the control socket of these settings may lie, the best place first: beside the pid file, in `$XDG_RUNTIME_DIR`, which may be that
/// of a session that is over or of another user, and in a private directory among the temporary files. `bound` are the addresses
/// with the ports that the system chose.
pub(super) fn places<'a>(
    settings: &'a Settings,
    bound: &[Address],
) -> impl Iterator<Item = Result<PathBuf, Error>> + use<'a> {
    let name = file_name(&settings.name, bound);
    let beside = settings.pid_file.as_deref().map(|file| match file.parent() {
        Some(dir) if dir != Path::new("") => dir.to_path_buf(),
        _ => PathBuf::from("."),
    });
    let runtime = env::var_os("XDG_RUNTIME_DIR")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from);
    let (temporary, usual) = (env::temp_dir(), PathBuf::from("/tmp"));
    let fallback = Some(usual).filter(|usual| *usual != temporary);
    let private = [temporary].into_iter().chain(fallback);
    let dirs = beside.into_iter().chain(runtime).map(Ok);
    dirs.chain(private.map(|dir| private_dir(&dir)))
        .map(move |dir| Ok(short(dir?.join(&name))))
}

/// A path from the root is found from anywhere, but only a short one fits into a socket's address.
fn short(path: PathBuf) -> PathBuf {
    let absolute = std::path::absolute(&path).ok();
    absolute
        .filter(|path| path.as_os_str().len() <= LONGEST_PATH)
        .unwrap_or(path)
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

fn private_dir(among: &Path) -> Result<PathBuf, Error> {
    let user = rustix::process::geteuid().as_raw();
    let dir = among.join(format!("gopool-{user}"));
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
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
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

    #[test]
    fn a_directory_that_others_may_enter_or_that_is_none_is_not_private() {
        let user = rustix::process::geteuid().as_raw();
        let among = env::temp_dir().join(format!("gopool-places-{}", std::process::id()));
        let dir = among.join(format!("gopool-{user}"));
        fs::create_dir_all(&among).unwrap();
        assert_eq!(private_dir(&among).unwrap(), dir);
        let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700, "made so");
        assert_eq!(private_dir(&among).unwrap(), dir, "as it was left");
        let refused = || {
            let text = private_dir(&among).unwrap_err().to_string();
            text.contains("is not a private directory of this user; remove it")
        };
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(refused(), "of the group too");
        fs::remove_dir(&dir).unwrap();
        // Whoever makes a link there would choose where the socket lies.
        std::os::unix::fs::symlink(&among, &dir).unwrap();
        assert!(refused(), "a link");
        fs::remove_file(&dir).unwrap();
        fs::write(&dir, "").unwrap();
        assert!(refused(), "a file");
        if rustix::process::geteuid().is_root() {
            fs::remove_file(&dir).unwrap();
            fs::DirBuilder::new().mode(0o700).create(&dir).unwrap();
            std::os::unix::fs::chown(&dir, Some(65_534), None).unwrap();
            assert!(refused(), "another user's");
        }
        fs::remove_dir_all(&among).unwrap();
    }
}
