//! What this process may have of the machine: how much memory, and where room for files.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// Where a cgroup says so: version 2, then version 1.
const LIMITS: [&str; 2] = [
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
];

/// What the cgroup allows, or else what the machine has, in bytes; all there could be when nobody says.
pub(super) fn allowed() -> u64 {
    let of_cgroup = LIMITS
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    of_cgroup.chain(of_machine()).min().unwrap_or(u64::MAX)
}

fn of_machine() -> Option<u64> {
    total(&fs::read_to_string("/proc/meminfo").ok()?)
}

/// The first line of `/proc/meminfo`, which counts in kilobytes.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Where temporary files may be large. `/tmp` is often memory, so it comes last.
pub(super) fn spool_dir(variables: &[(OsString, OsString)]) -> PathBuf {
    let given = variables.iter().find(|(name, _)| name == "TMPDIR");
    if let Some((_, folder)) = given.filter(|(_, folder)| !folder.is_empty()) {
        return folder.into();
    }
    let first = Path::new("/var/tmp");
    let folder = if first.is_dir() { first } else { Path::new("/tmp") };
    folder.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_files_go_where_the_environment_says() {
        let variables = |value: &str| [("TMPDIR".into(), value.into())];
        assert_eq!(spool_dir(&variables("/mnt/big")), Path::new("/mnt/big"));
        assert_eq!(spool_dir(&variables("")), spool_dir(&[]));
        assert!(spool_dir(&[]).is_absolute());
    }

    #[test]
    fn the_machine_says_what_it_has() {
        assert_eq!(
            total("MemTotal:       16318480 kB\nMemFree: 1 kB\n"),
            Some(16_318_480 * 1024)
        );
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert!(allowed() < u64::MAX, "Linux tells it");
    }
}
