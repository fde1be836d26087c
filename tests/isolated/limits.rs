//! What one route says of its process: its memory, and that it is fresh.

use std::collections::BTreeSet;

use gopool_tests::{lab, until};

use crate::family::{Family, children, end, pid};

#[test]
fn a_route_may_have_less_memory_than_others_in_the_same_process() {
    let server = lab().args("--max-processes 1 --process-memory 1GB").start();
    let ask = |path: &str| server.get(&format!("/lab/isolated/memory/{path}"));
    let process = pid(&server);
    assert_eq!(ask("60").text(), "60000000");
    assert_eq!(ask("300/of-any").text(), "300000000");
    assert_eq!(pid(&server), process);
    assert_eq!(ask("300").failure(), (500, "crashed".to_owned()));
    assert_eq!(ask("300/of-any").text(), "300000000");
    end(server, Family::default());
}

#[test]
fn a_route_has_no_more_memory_than_its_process() {
    let server = lab().args("--process-memory 64MB").start();
    let answer = server.get("/lab/isolated/memory/100");
    assert_eq!(answer.failure(), (500, "crashed".to_owned()));
    let line = server.log().line("`memory`");
    for part in [
        "GET /lab/isolated/memory/{mb}",
        "128MB",
        "`process-memory`",
        "64MB",
    ] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_fresh_route_never_shares_a_process() {
    let server = lab().args("--max-processes 2 --timeout 30s").start();
    let mut fresh = BTreeSet::new();
    let mut shared = BTreeSet::new();
    for _ in 0..10 {
        shared.insert(pid(&server));
        let answer = server.get("/lab/isolated/fresh");
        assert!(fresh.insert(answer.text().parse().unwrap()), "had one before");
    }
    assert!(fresh.is_disjoint(&shared), "{fresh:?} {shared:?}");
    until("each has left after its request", || {
        let living = children(server.pid());
        let is_old = |pid: &u32| living.iter().any(|child| child.pid == *pid);
        (!fresh.iter().any(is_old)).then_some(())
    });
    end(server, Family::default());
}

#[test]
fn without_processes_both_run_in_the_master() {
    let server = lab().args("--max-processes 0").start();
    let master = server.pid().to_string();
    assert_eq!(server.get("/lab/isolated/fresh").text(), master);
    assert_eq!(server.get("/lab/isolated/memory/300").text(), "300000000");
}
