//! How long the cgroup's quota has kept this process from the CPU.

use std::{fs, io, path::PathBuf, time::Duration};

/// Sums since the cgroup was made; zero without a quota, and where there are no cgroups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Throttling {
    /// Periods at whose end the quota was used up.
    pub(super) periods: u64,
    /// How long its threads have waited for the next period, all together.
    pub(super) time: Duration,
}

impl Throttling {
    /// `None` when the system does not tell at this moment, such as when the process may open nothing more.
    pub(super) fn read() -> Option<Self> {
        let groups = read_if_there("/proc/self/cgroup".into())?.unwrap_or_default();
        for file in files(&groups) {
            if let Some(text) = read_if_there(file)? {
                return Some(Self::parse(&text));
            }
        }
        Some(Self::default())
    }

    /// `cpu.stat` of either version of cgroups.
    fn parse(text: &str) -> Self {
        let number = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            let (_, value) = lines.find(|(found, _)| *found == name)?;
            value.trim().parse::<u64>().ok()
        };
        let micros = number("throttled_usec").map(Duration::from_micros);
        let nanos = || number("throttled_time").map(Duration::from_nanos);
        Self {
            periods: number("nr_throttled").unwrap_or(0),
            time: micros.or_else(nanos).unwrap_or_default(),
        }
    }
}

/// The file as text; `Some(None)` if there is none.
fn read_if_there(file: PathBuf) -> Option<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Some(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(None),
        Err(_) => None,
    }
}

/// Where `cpu.stat` may be: below the path of our group, or, in a container that sees only its own, at the top.
fn files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let roots: &[&str] = match controllers {
            "" => &["/sys/fs/cgroup", "/sys/fs/cgroup/unified"],
            named if named.split(',').any(|one| one == "cpu") => {
                &["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]
            }
            _ => &[],
        };
        for root in roots {
            files.push(PathBuf::from(format!(
                "{root}{}/cpu.stat",
                path.trim_end_matches('/')
            )));
            files.push(PathBuf::from(format!("{root}/cpu.stat")));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_tell_the_same() {
        let second = "usage_usec 9\nnr_periods 100\nnr_throttled 7\nthrottled_usec 1500\n";
        let first = "nr_periods 100\nnr_throttled 7\nthrottled_time 1500000\n";
        let told = Throttling {
            periods: 7,
            time: Duration::from_micros(1500),
        };
        assert_eq!(
            (Throttling::parse(second), Throttling::parse(first)),
            (told, told)
        );
        assert_eq!(Throttling::parse("usage_usec 9\n"), Throttling::default());
    }

    #[test]
    fn a_file_that_is_not_there_is_no_failure_to_read_it() {
        assert_eq!(read_if_there("/proc/self/nothing".into()), Some(None));
        assert_eq!(
            read_if_there("/proc/self".into()),
            None,
            "it is there, and a folder"
        );
        assert!(read_if_there("/proc/self/stat".into()).flatten().is_some());
    }

    #[test]
    fn the_groups_file_is_looked_for_below_its_path_and_at_the_top() {
        let found = files("12:cpu,cpuacct:/docker/1\n11:memory:/docker/1\n0::/system.slice/app.service\n");
        let found: Vec<_> = found.iter().map(|file| file.to_string_lossy()).collect();
        assert_eq!(found[0], "/sys/fs/cgroup/cpu/docker/1/cpu.stat");
        assert!(found.contains(&"/sys/fs/cgroup/system.slice/app.service/cpu.stat".into()));
        assert!(found.contains(&"/sys/fs/cgroup/cpu.stat".into()), "{found:?}");
        assert!(!found.iter().any(|file| file.contains("memory")), "{found:?}");
    }
}
