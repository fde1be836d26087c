//! Child processes of this same program, which run what may crash, hang or leak, and can be killed.
//!
//! A thread can only be asked to stop; a process can be killed. A [`Nursery`] keeps a few children of the running program warm, gives
//! each at most one job at a time, and ends those that are late. It knows nothing of what a job is: a head that is text, a body that is
//! bytes, and an answer of the same form.
//!
//! One program plays two parts. [`Inside::enter`] tells, first of all in `main`, which one this process has:
//!
//! ```no_run
//! use gopool_isolated::{Answer, Inside, Interrupt, Job, Nursery, Settings, Terms};
//! use std::time::{Duration, Instant};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     if let Some(inside) = Inside::enter()? {
//!         // The child.
//!         inside.serve(String::new(), serde_json::Value::Null, |_late| {}, |job, _parts| Answer { head: b"done".to_vec(), body: job.body });
//!     }
//!     let nursery = Nursery::start(Settings::default())?;
//!     let job = Job { head: b"shout".to_vec(), body: b"hello"[..].into(), ..Job::default() };
//!     let terms = Terms { wait_until: Instant::now() + Duration::from_secs(5), limit: Duration::from_secs(1), until: None };
//!     let answer = nursery.run(&job, &Interrupt::new(), terms, |answer| Ok(answer.clone()))?;
//!     assert_eq!(&answer.body[..], b"hello");
//!     Ok(())
//! }
//! ```
//!
//! The README of this crate tells the states of a child and the frames. To read the code, begin with it, then `frame` and `incoming`,
//! which are the format; `state`, which decides; `process`, `call` and `nursery`, which carry out; `inside`, which is the child.

mod alarm;
mod call;
mod error;
mod frame;
mod incoming;
mod inside;
mod interrupt;
mod job;
mod message;
mod nursery;
mod process;
mod restrain;
mod settings;
mod shared;
mod state;
mod usage;

pub use call::{Running, Stall};
pub use error::{Failure, NotStarted};
pub use frame::MAX_HEAD;
pub use inside::{Inside, Parts};
pub use interrupt::Interrupt;
pub use job::{Answer, Answered, Begun, HEAD_OVERHEAD, Heard, Job, Label, Terms, Usage};
pub use nursery::Nursery;
pub use settings::{Bounds, Settings};
pub use state::{Exits, Stats, View};
