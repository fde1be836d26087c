//! Many small pieces of work at once, from one thread and from two.

use std::thread;

use divan::{Bencher, counter::ItemsCount};

use crate::peers::{Answer, Blocking, Gopool, Peer, Rayon, RustyPool, Tokio, wait};

/// Submitted before the first answer is looked at.
const BATCH: usize = 1_000;

#[divan::bench(types = [Gopool, Tokio, Rayon, Blocking, RustyPool], args = [1, 2])]
fn producers<P: Peer>(bencher: Bencher<'_, '_>, producers: usize) {
    let peer = P::new();
    bencher
        .counter(ItemsCount::new(BATCH * producers))
        .bench_local(|| {
            thread::scope(|scope| {
                for _ in 1..producers {
                    scope.spawn(|| batch(&peer));
                }
                batch(&peer);
            });
        });
}

fn batch<P: Peer>(peer: &P) {
    let answers: Vec<Answer> = (0..BATCH).map(|_| peer.submit(|| 1)).collect();
    for answer in answers {
        wait(answer);
    }
}
