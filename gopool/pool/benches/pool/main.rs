//! The pool beside other ways to get work done on another thread, one step at a time.
//!
//! `cargo bench -p gopool-pool --bench pool`, or `cargo bench -p gopool --bench pool -- hand_over` for one group. The figures of one
//! group can be compared with each other; what a thread's wake-up costs depends on the machine and on what else it does.

mod cold;
mod hand_over;
mod peers;
mod throughput;

fn main() {
    divan::main();
}
