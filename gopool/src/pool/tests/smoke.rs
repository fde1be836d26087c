use crate::pool::*;
use std::time::{Duration, Instant};

#[test]
fn smoke() {
    let pool = Pool::builder().max_threads(2).build().unwrap();
    assert_eq!(pool.submit(Task::new(|| 7)).unwrap().wait().unwrap(), 7);
    println!("{:?}", pool.close(Duration::from_secs(5)));
}

#[test]
#[ignore]
fn speed() {
    let pool = Pool::builder().max_threads(2).max_queue(1_000_000).build().unwrap();
    for round in 0..5 {
        let n = 500_000u64;
        let t = Instant::now();
        let mut handles = std::collections::VecDeque::new();
        for i in 0..n {
            handles.push_back(pool.submit(Task::new(move || i)).unwrap());
            if handles.len() >= 64 {
                handles.pop_front().unwrap().wait().unwrap();
            }
        }
        for h in handles { h.wait().unwrap(); }
        let e = t.elapsed();
        println!("round {round}: window 64: {:.0}/s {:?} per job", n as f64 / e.as_secs_f64(), e / n as u32);
        let t = Instant::now();
        let handles: Vec<_> = (0..n).map(|i| pool.submit(Task::new(move || i)).unwrap()).collect();
        for h in handles { h.wait().unwrap(); }
        let e = t.elapsed();
        println!("round {round}: burst: {:.0}/s {:?} per job", n as f64 / e.as_secs_f64(), e / n as u32);
    }
    println!("{:?}", pool.stats().threads);
}
