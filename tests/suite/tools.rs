//! A server under the tools that its developers look at it with.

use gopool_tests::lab;

/// Under valgrind the system's quick way to the clock is not where the kernel says it is, and the pool's threads ask for the time.
#[test]
fn a_server_answers_under_valgrind() {
    // Reading what debuggers want to know of the program would take most of the time.
    let script = r#"strip --strip-debug -o lab "$0" && exec valgrind --quiet --tool=none ./lab "$@""#;
    // It knows neither the system call for a descriptor of a process nor how to run the program that runs already.
    let server = lab().args("--max-processes 0").by_way_of(script).start();
    assert_eq!(server.get("/lab/fib/10").status, 200);
}
