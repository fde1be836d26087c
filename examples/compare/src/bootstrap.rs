//! How sure a median is: the bootstrap's interval.

use crate::sample::median_of_sorted;

/// Below this the least and the most are all there is to say: fewer rounds than six lie on one side of the true median too often
/// for any interval of 95 %.
const FEWEST: usize = 6;
const RESAMPLES: usize = 2_000;
/// The same figures give the same interval.
const SEED: u64 = 1;

/// Holds the true median in 95 of 100 measurements like this one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// The middle 95 % of the medians of samples drawn anew from `values`.
pub(crate) fn interval(values: &[f64]) -> Option<Interval> {
    if values.len() < FEWEST {
        return None;
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| resampled_median(values, &mut random))
        .collect();
    medians.sort_by(f64::total_cmp);
    Some(Interval {
        from: *medians.get(RESAMPLES / 40)?,
        to: *medians.get(RESAMPLES - RESAMPLES / 40 - 1)?,
    })
}

fn resampled_median(values: &[f64], random: &mut fastrand::Rng) -> Option<f64> {
    let mut drawn: Vec<f64> = values
        .iter()
        .filter_map(|_| random.choice(values).copied())
        .collect();
    drawn.sort_by(f64::total_cmp);
    median_of_sorted(&drawn)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_few_rounds_have_no_interval() {
        assert_eq!(interval(&[1.0, 2.0, 3.0, 4.0, 5.0]), None);
        assert!(interval(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).is_some());
    }

    #[test]
    fn one_outlier_does_not_widen_it() {
        let values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 90.0];
        assert_eq!(interval(&values), Some(Interval { from: 1.0, to: 1.0 }));
    }

    /// The order statistics that hold the median of ten with 97.9 % are the second and the ninth, with 89.1 % the third and the
    /// eighth: the bootstrap's lies between these.
    #[test]
    fn it_agrees_with_the_order_statistics_of_ten() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        let Interval { from, to } = interval(&values).unwrap();
        assert!((2.0..=3.5).contains(&from), "{from}");
        assert!((7.5..=9.0).contains(&to), "{to}");
    }

    #[test]
    fn it_holds_the_true_median_about_as_often_as_it_says() {
        let mut random = fastrand::Rng::with_seed(7);
        let holds = |random: &mut fastrand::Rng| {
            let values: Vec<f64> = (0..10).map(|_| random.f64()).collect();
            let Interval { from, to } = interval(&values).unwrap();
            (from..=to).contains(&0.5)
        };
        let held = (0..200).filter(|_| holds(&mut random)).count();
        assert!((176..200).contains(&held), "{held} of 200");
    }
}
