//! The recipe of docs/isolated.md that takes the disk and the network from a process.

use std::net::TcpListener;

use gopool_tests::lab;

use crate::family::{Family, end};

#[test]
fn a_process_that_has_confined_itself_reads_what_it_may_and_nothing_else() {
    let checked = lab().args("check").env("LAB_WORKER", "confined").run();
    if checked.stderr.contains("this kernel has no landlock") {
        eprintln!("skipped: this kernel has no landlock, so the recipe could not be tried");
        return;
    }
    let others = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = others.local_addr().unwrap().port();
    let free = lab().start();
    let confined = lab().env("LAB_WORKER", "confined").start();
    let file = format!("/tmp/gopool-confined-{port}");
    for (path, can_if_confined) in [
        ("reads?path=/etc/passwd".to_owned(), false),
        ("reads?path=/usr/bin/env".to_owned(), true),
        ("reads?path=/proc/self/status".to_owned(), true),
        (format!("writes?path={file}"), false),
        (format!("connects/{port}"), false),
    ] {
        let path = format!("/lab/isolated/{path}");
        assert_eq!(free.get(&path).text(), "done", "{path}");
        let expected = if can_if_confined {
            "done"
        } else {
            "PermissionDenied"
        };
        assert_eq!(confined.get(&path).text(), expected, "{path}");
    }
    std::fs::remove_file(file).unwrap();
    // The rest goes on as ever: crashes, their successors, and what the process says of its memory.
    assert_eq!(confined.get("/lab/isolated/abort").failure().1, "crashed");
    assert_eq!(confined.get("/lab/isolated/hello").text(), "hello");
    // What the master does itself is not concerned.
    assert_eq!(confined.get("/lab/hello?name=x").status, 200);
    end(confined, Family::default());
    end(free, Family::default());
    // Where there is no process of its own, nothing is given up.
    let single = lab().args("--single").env("LAB_WORKER", "confined").start();
    assert_eq!(single.get("/lab/isolated/reads?path=/etc/passwd").text(), "done");
}
