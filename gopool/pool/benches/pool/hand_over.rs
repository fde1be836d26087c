//! The way there and the way back of one piece of work, on a pool that is warm and idle.

use std::{
    hint::spin_loop,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use divan::Bencher;

use crate::peers::{Blocking, Gopool, Peer, Rayon, RustyPool, Tokio, wait};

/// From the submission to the first instruction of the work.
#[divan::bench(types = [Gopool, Tokio, Rayon, Blocking, RustyPool])]
fn submit_to_start<P: Peer>(bencher: Bencher<'_, '_>) {
    let peer = P::new();
    bencher
        .with_inputs(|| Arc::new(AtomicBool::new(false)))
        .bench_local_values(|started| {
            let signal = Arc::clone(&started);
            let answer = peer.submit(move || {
                signal.store(true, Ordering::Release);
                1
            });
            until(&started);
            // Returned, so that its end is not part of the figure.
            answer
        });
}

/// From the last instruction of the work to the answer in the hands of a thread that sleeps for it.
#[divan::bench(types = [Gopool, Tokio, Rayon, Blocking, RustyPool])]
fn start_to_answer<P: Peer>(bencher: Bencher<'_, '_>) {
    let peer = P::new();
    let running = || {
        let (started, go) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (signal, gate) = (Arc::clone(&started), Arc::clone(&go));
        let answer = peer.submit(move || {
            signal.store(true, Ordering::Release);
            until(&gate);
            1
        });
        until(&started);
        (answer, go)
    };
    bencher.with_inputs(running).bench_local_values(|(answer, go)| {
        go.store(true, Ordering::Release);
        wait(answer)
    });
}

/// There and back.
#[divan::bench(types = [Gopool, Tokio, Rayon, Blocking, RustyPool])]
fn round_trip<P: Peer>(bencher: Bencher<'_, '_>) {
    let peer = P::new();
    bencher.bench_local(|| wait(peer.submit(|| 1)));
}

fn until(flag: &AtomicBool) {
    while !flag.load(Ordering::Acquire) {
        spin_loop();
        std::thread::yield_now();
    }
}
