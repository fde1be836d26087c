//! How much CPU time the quota of the process's cgroup allows, of either version.

use std::{fs, path::Path};

/// Where the groups of version 2 are mounted, and those of version 1 that tell of CPU time.
const ROOTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const FIRST_ROOTS: [&str; 2] = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"];

/// The least that our group or one around it allows, in cores; `None` without a quota, or where the system does not tell.
pub(crate) fn in_cores() -> Option<f64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    least(&groups, &|file| fs::read_to_string(file).ok())
}

/// The same for a text such as `/proc/self/cgroup`, and who reads other files.
fn least(groups: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<f64> {
    let quotas = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next()?, parts.next()?);
        match controllers {
            "" => on_the_way_up(&ROOTS, group, &|folder| second(folder, read)),
            named if named.split(',').any(|one| one == "cpu") => {
                on_the_way_up(&FIRST_ROOTS, group, &|folder| first(folder, read))
            }
            _ => None,
        }
    });
    quotas.min_by(f64::total_cmp)
}

/// A group may use no more than those around it. In a container the path may be that of the host, and only the top is there.
fn on_the_way_up(roots: &[&str], group: &str, quota: &dyn Fn(&Path) -> Option<f64>) -> Option<f64> {
    let folders = roots.iter().flat_map(|root| {
        let folders = Path::new(group.trim_start_matches('/')).ancestors();
        folders.map(|below| Path::new(root).join(below))
    });
    folders.filter_map(|folder| quota(&folder)).min_by(f64::total_cmp)
}

/// Version 2: `cpu.max` holds `max 100000`, or a quota and a period in microseconds.
fn second(folder: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Option<f64> {
    let text = read(&folder.join("cpu.max"))?;
    let (quota, period) = text.trim().split_once(' ')?;
    cores(quota, period)
}

/// Version 1: two files, and -1 without a quota.
fn first(folder: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Option<f64> {
    let quota = read(&folder.join("cpu.cfs_quota_us"))?;
    let period = read(&folder.join("cpu.cfs_period_us"))?;
    cores(quota.trim(), period.trim())
}

fn cores(quota: &str, period: &str) -> Option<f64> {
    let (quota, period) = (quota.parse::<f64>().ok()?, period.parse::<f64>().ok()?);
    (quota > 0.0 && period > 0.0).then_some(quota / period)
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    /// What is found among these files for a process of these groups.
    fn found(groups: &str, files: &[(&str, &str)]) -> Option<f64> {
        let read = |wanted: &Path| {
            let mut files = files.iter();
            let (_, text) = files.find(|(file, _)| Path::new(file) == wanted)?;
            Some((*text).to_owned())
        };
        least(groups, &read)
    }

    #[test]
    fn the_smallest_quota_around_the_process_counts() {
        let own = "0::/shop.slice/app.service\n";
        let table = [
            (own, &[][..], None),
            (
                own,
                &[("/sys/fs/cgroup/shop.slice/app.service/cpu.max", "max 100000\n")],
                None,
            ),
            (
                own,
                &[
                    ("/sys/fs/cgroup/shop.slice/app.service/cpu.max", "200000 100000\n"),
                    ("/sys/fs/cgroup/shop.slice/cpu.max", "50000 100000\n"),
                ],
                Some(0.5),
            ),
            // A container: the path is that of the host.
            (
                "0::/docker/1",
                &[("/sys/fs/cgroup/cpu.max", "25000 100000")],
                Some(0.25),
            ),
            (
                "4:memory:/x\n2:cpu,cpuacct:/x\n",
                &[
                    ("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "150000\n"),
                    ("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n"),
                    ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
                    ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
                ],
                Some(1.5),
            ),
            (own, &[("/sys/fs/cgroup/cpu.max", "nonsense")], None),
        ];
        for (groups, files, expected) in table {
            assert_eq!(found(groups, files), expected, "{groups} {files:?}");
        }
    }
}
