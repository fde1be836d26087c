//! Signals that are meant for something else, or were kept away: none of them costs a request.

use std::fs;

use gopool_tests::{Connection, Signal, until};

use crate::{
    fixture::{Daemon, lab, lab_beside_others},
    process::{send, until_gone},
};

/// A request that runs when this returns.
fn running_request(daemon: &Daemon, ms: u32) -> Connection {
    let request = daemon.begin(&format!("/lab/sleep/{ms}"));
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    request
}

#[test]
fn signals_that_mean_nothing_to_a_master_end_no_request_of_it() {
    for options in ["", "--no-daemon"] {
        let mut daemon = lab().args(options).start();
        daemon.log().line("listening on http");
        let master = daemon.answering();
        let mut request = running_request(&daemon, 700);
        for signal in [Signal::HUP, Signal::USR1, Signal::USR2] {
            send(master, signal);
        }
        assert_eq!(request.answer().status, 200);
        assert_eq!(daemon.answering(), master);
        assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    }
}

#[test]
fn quit_finishes_what_was_accepted_and_ends_with_0() {
    for options in ["", "--no-daemon"] {
        let mut daemon = lab().args(options).start();
        daemon.log().line("listening on http");
        let mut request = running_request(&daemon, 700);
        assert_eq!(daemon.ended_by(Signal::QUIT).0, Some(0));
        assert_eq!(request.answer().status, 200);
    }
}

#[test]
fn usr1_and_usr2_leave_the_daemon_and_its_masters_alone() {
    let daemon = lab_beside_others().serving();
    let master = daemon.answering();
    for signal in [Signal::USR1, Signal::USR2] {
        daemon.signal(signal);
    }
    let status = daemon.ask("status").stdout;
    assert!(
        status.contains("serving on") && status.contains("restarts: 0"),
        "{status}"
    );
    assert_eq!(daemon.answering(), master);
}

#[test]
fn term_and_int_arrive_whatever_was_blocked_or_ignored_at_the_start() {
    for options in ["", "--no-daemon"] {
        for wrapper in ["env --block-signal", "env --ignore-signal=TERM,INT,HUP,QUIT"] {
            for signal in [Signal::TERM, Signal::INT] {
                let mut daemon = lab().args(options).through(wrapper).start();
                daemon.log().line("listening on http");
                assert_eq!(daemon.ended_by(signal).0, Some(0), "{wrapper} {options}");
            }
        }
    }
}

#[test]
fn under_nohup_a_hup_does_nothing_and_the_log_says_what_to_use() {
    let daemon = lab_beside_others().through("nohup").serving();
    daemon.log().line("HUP is ignored, as under `nohup`");
    daemon.signal(Signal::HUP);
    daemon.reload();
    daemon.until_master_serves(2);
    assert!(daemon.log().find("reload asked for").is_some());
    assert!(
        daemon.log().find("master 3").is_none(),
        "the command was the only reload"
    );
}

/// `script` gives it a terminal, which closes when `script` dies.
#[test]
fn a_terminal_that_closes_ends_the_daemon_that_was_started_in_it_in_peace() {
    for options in ["", "--no-daemon"] {
        let launch = lab().args(options);
        let wrapper = launch.path("in-a-terminal");
        fs::write(
            &wrapper,
            "exec script -qfec \"exec $*\" /dev/null >&2 </dev/null\n",
        )
        .unwrap();
        let mut daemon = launch.through(&format!("sh {}", wrapper.display())).start();
        daemon.log().line("listening on http");
        let master = daemon.answering();
        let mut request = running_request(&daemon, 700);
        daemon.signal(Signal::KILL);
        daemon.until_ended();
        assert_eq!(request.answer().status, 200);
        until_gone(master);
        until("every process is gone", || {
            daemon.processes().is_empty().then_some(())
        });
    }
}
