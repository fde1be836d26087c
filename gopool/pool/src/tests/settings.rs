//! What a builder refuses and what it fills in.

use crate::{BuildError, Builder, Pool};
use std::time::Duration;

fn mistakes(builder: Builder) -> Vec<String> {
    match builder.build() {
        Err(BuildError::Settings(mistakes)) => mistakes,
        other => panic!("built or failed otherwise: {other:?}"),
    }
}

#[test]
fn each_wrong_setting_is_refused_by_name() {
    let cases: [(&str, Builder); 9] = [
        ("max_threads", Pool::builder().max_threads(0)),
        ("max_threads", Pool::builder().max_threads(1_000_000)),
        ("max_overdue", Pool::builder().max_overdue(usize::MAX)),
        ("max_stalled", Pool::builder().max_stalled(usize::MAX)),
        ("cores", Pool::builder().cores(0)),
        ("timeout", Pool::builder().timeout(Duration::ZERO)),
        ("queue_timeout", Pool::builder().queue_timeout(Duration::ZERO)),
        ("nice", Pool::builder().nice(-1)),
        ("stack_size", Pool::builder().stack_size(0)),
    ];
    for (name, builder) in cases {
        let mistakes = mistakes(builder);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].contains(&format!("`{name}`")), "{mistakes:?}");
    }
}

#[test]
fn all_mistakes_come_at_once() {
    let mistakes = mistakes(
        Pool::builder()
            .min_threads(5)
            .max_threads(4)
            .nice(20)
            .timeout(Duration::ZERO),
    );
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    assert!(
        mistakes
            .iter()
            .any(|text| text.contains("`min_threads` (5)") && text.contains("`max_threads` (4)"))
    );
}

#[test]
fn the_default_of_the_other_bound_is_adjusted() {
    let pool = Pool::builder().min_threads(40).build().unwrap();
    assert_eq!(pool.0.shared.lock().settings.max_threads, 40);
    let pool = Pool::builder().max_threads(1).build().unwrap();
    assert_eq!(pool.0.shared.lock().settings.min_threads, 0);
}

#[test]
fn the_queue_timeout_is_the_timeout_unless_it_is_set() {
    let queue_timeout = |builder: Builder| builder.build().unwrap().0.defaults.queue_timeout;
    assert_eq!(queue_timeout(Pool::builder()), Some(Duration::from_secs(10)));
    assert_eq!(
        queue_timeout(Pool::builder().timeout(Duration::from_secs(3))),
        Some(Duration::from_secs(3))
    );
    assert_eq!(queue_timeout(Pool::builder().queue_timeout(None)), None);
}
