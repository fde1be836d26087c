//! A cgroup with a quota of CPU time, where the test may make one.

use std::{fs, io, path::PathBuf};

use gopool_tests::{lab, until};

/// A tenth of a core.
struct Quota(PathBuf);

impl Quota {
    fn new() -> io::Result<Self> {
        let name = format!("gopool-test-{}", std::process::id());
        let first = PathBuf::from("/sys/fs/cgroup/cpu").join(&name);
        let group = Self(match fs::create_dir(&first) {
            Ok(()) => first,
            Err(_) => {
                let second = PathBuf::from("/sys/fs/cgroup").join(&name);
                fs::create_dir(&second)?;
                second
            }
        });
        match group.0.join("cpu.max").exists() {
            true => fs::write(group.0.join("cpu.max"), "10000 100000")?,
            false => fs::write(group.0.join("cpu.cfs_quota_us"), "10000")?,
        }
        Ok(group)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_quota_that_is_used_up_is_told() {
    let quota = match Quota::new() {
        Ok(quota) => quota,
        // Only root can make one, and only where the system's cgroups can be written.
        Err(error) => return println!("no cgroup can be made here: {error}"),
    };
    let script = format!(
        "echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"",
        quota.0.display()
    );
    let server = lab()
        .args("--info-url /monitor --timeout 1h --max-threads 1 --no-daemon")
        .by_way_of(&script)
        .start_with_daemon();
    let busy = server.begin("/lab/spin/3600000");
    until("it is told", || {
        let process = server.get("/monitor/info").json()["process"].take();
        let (periods, seconds) = (
            &process["throttled_periods_total"],
            &process["throttled_seconds_total"],
        );
        (periods.as_u64()? > 0 && seconds.as_f64()? > 0.0).then_some(())
    });
    let metrics = server.get("/monitor/metrics").text().to_owned();
    let sample = metrics
        .lines()
        .find_map(|line| line.strip_prefix("gopool_cpu_throttled_seconds_total "));
    assert!(sample.unwrap().parse::<f64>().unwrap() > 0.0, "{sample:?}");
    assert!(!busy.has_begun_to_answer());
    drop(server);
    // The group can be removed once its last process is reaped.
    until("the group is empty", || fs::remove_dir(&quota.0).ok());
}
