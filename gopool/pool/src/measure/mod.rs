//! How durations are counted: histograms that cost a few nanoseconds to fill, with a lock around them or without one.

mod gain;
mod histogram;
mod recorder;

pub use gain::Gain;
pub use histogram::{Histogram, Summary};
pub use recorder::Recorder;
