//! `/profile`: where the process spends its CPU time, as a flame graph of the next seconds.
//!
//! pprof interrupts whichever thread runs, a hundred times a second of CPU time, and notes its stack.

use std::time::Duration;

/// How long a profile takes that asks for no other time, and the longest.
const USUAL: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(60);

/// `seconds=5`: how long to look.
pub(super) fn length(query: &str) -> Result<Duration, String> {
    let Some(given) = query.split('&').find_map(|pair| pair.strip_prefix("seconds=")) else {
        return Ok(USUAL);
    };
    let seconds = given
        .parse()
        .ok()
        .filter(|seconds| (1..=LONGEST.as_secs()).contains(seconds));
    let wrong = || format!("`seconds` is a whole number from 1 to {}\n", LONGEST.as_secs());
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(feature = "profile")]
pub(crate) use taken::Profile;
#[cfg(feature = "profile")]
pub(super) use taken::stacks;

#[cfg(not(feature = "profile"))]
pub(crate) use absent::Profile;
#[cfg(not(feature = "profile"))]
pub(super) use absent::stacks;

#[cfg(feature = "profile")]
mod taken {
    use std::{collections::BTreeMap, error::Error, fmt, thread, time::Duration};

    use pprof::{Frames, ProfilerGuard, ProfilerGuardBuilder, Symbol};
    use tokio::{task::spawn_blocking, time::sleep};

    use crate::message::Response;

    /// Samples for each second of CPU time. A prime, so that it does not fall in step with what happens a hundred times a second.
    const FREQUENCY: i32 = 97;
    /// Code that must not be interrupted while its stack is read: unwinding takes locks there.
    const BLOCKED: [&str; 4] = ["libc", "libgcc", "pthread", "vdso"];

    /// A line names so many functions of a stack at most, the innermost ones.
    const MOST_FUNCTIONS: usize = 24;

    /// The functions of ours that call handlers.
    const AROUND: [&str; 3] = [
        "gopool::reply::returned",
        "gopool::exec::inline",
        "gopool::exec::current",
    ];

    /// What the threads of these names were doing for most of the next `length`: the functions of each, the innermost first. A thread
    /// that used no CPU time has none. Takes as long.
    ///
    /// # Errors
    /// Why it cannot be seen, such as that somebody takes a profile.
    pub(in super::super) fn stacks(
        threads: &[String],
        length: Duration,
    ) -> Result<BTreeMap<String, String>, String> {
        let guard = guard().map_err(|error| format!("no stack can be taken: {error}"))?;
        thread::sleep(length);
        let report = guard.report().build_unresolved();
        drop(guard);
        let report = report.map_err(|error| format!("the stacks cannot be read: {error}"))?;
        let mut most = BTreeMap::new();
        for (frames, count) in report.data {
            let name = String::from_utf8_lossy(&frames.thread_name[..frames.thread_name_length]).into_owned();
            if threads.contains(&name) && most.get(&name).is_none_or(|(most, _)| *most < count) {
                most.insert(name, (count, frames));
            }
        }
        // The names of functions are read for these only, because that takes a while.
        let named = most
            .into_iter()
            .map(|(name, (_, frames))| (name, functions(&Frames::from(frames))));
        Ok(named.collect())
    }

    fn functions(frames: &Frames) -> String {
        let names: Vec<_> = frames.frames.iter().flatten().map(Symbol::name).collect();
        of_handler(&names).join(" < ")
    }

    /// What the handler has called, without who looked and what stands around every handler.
    fn of_handler(names: &[String]) -> &[String] {
        let looked = names.iter().rposition(|name| name.contains("pprof::"));
        let names = &names[looked.map_or(0, |place| place + 1)..];
        let is_ours = |name: &String| AROUND.iter().any(|ours| name.contains(ours));
        let around = names.iter().position(is_ours).unwrap_or(names.len());
        &names[..around.min(MOST_FUNCTIONS)]
    }

    fn guard() -> pprof::Result<ProfilerGuard<'static>> {
        ProfilerGuardBuilder::default()
            .frequency(FREQUENCY)
            .blocklist(&BLOCKED)
            .build()
    }

    /// A profile that is being taken, until it is dropped.
    pub(crate) struct Profile {
        guard: ProfilerGuard<'static>,
        length: Duration,
    }

    impl Profile {
        /// Begins to look.
        ///
        /// # Errors
        /// The answer that says why not: somebody else is looking, or the system does not allow it.
        pub(in super::super) fn begin(length: Duration) -> Result<Self, Response> {
            match guard() {
                Ok(guard) => Ok(Self { guard, length }),
                Err(pprof::Error::Running) => {
                    Err(Response::status(409).text("a profile is being taken; try again when it is done\n"))
                }
                Err(error) => Err(Response::status(500).text(format!("no profile can be taken: {error}\n"))),
            }
        }

        /// The flame graph, once its time is over.
        ///
        /// # Errors
        /// It cannot be made of what was seen.
        pub(crate) async fn flame_graph(self) -> Result<Vec<u8>, Box<dyn Error>> {
            sleep(self.length).await;
            // Reading the names of all functions takes a while.
            let graph = spawn_blocking(move || {
                let mut graph = Vec::new();
                self.guard
                    .report()
                    .build()?
                    .flamegraph(&mut graph)
                    .map(|()| graph)
            });
            Ok(graph.await??)
        }
    }

    impl fmt::Debug for Profile {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Profile")
                .field("length", &self.length)
                .finish_non_exhaustive()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_stack_is_that_of_the_handler() {
            let names = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
            let stack = names(
                "trace pprof::handler <pprof::Trace>::trace shop::inner shop::work gopool::reply::returned::call1 \
                 gopool::exec::inline::body std::start",
            );
            assert_eq!(of_handler(&stack), names("shop::inner shop::work"));
            let waits = names("futex gopool::exec::block_on::block_on shop::work gopool::exec::inline::body");
            assert_eq!(of_handler(&waits), &waits[..3]);
            let deep = vec!["shop::recurse".to_owned(); 100];
            assert_eq!(of_handler(&deep).len(), MOST_FUNCTIONS);
        }
    }
}

#[cfg(not(feature = "profile"))]
mod absent {
    use std::{collections::BTreeMap, convert::Infallible, error::Error, time::Duration};

    use crate::message::Response;

    /// Says how they could be had.
    pub(in super::super) fn stacks(_: &[String], _: Duration) -> Result<BTreeMap<String, String>, String> {
        Err("built without gopool's feature `profile`".to_owned())
    }

    /// None can be taken.
    #[derive(Debug)]
    pub(crate) struct Profile(Infallible);

    impl Profile {
        /// Says how it could.
        pub(in super::super) fn begin(_: Duration) -> Result<Self, Response> {
            Err(Response::status(404).text("this program was built without gopool's feature `profile`\n"))
        }

        /// Never happens.
        pub(crate) async fn flame_graph(self) -> Result<Vec<u8>, Box<dyn Error>> {
            match self.0 {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_between_a_second_and_a_minute() {
        assert_eq!(length("").unwrap(), USUAL);
        assert_eq!(length("a=1&seconds=3").unwrap(), Duration::from_secs(3));
        for wrong in ["0", "61", "", "-1", "1.5", "ten"] {
            assert!(
                length(&format!("seconds={wrong}"))
                    .unwrap_err()
                    .contains("from 1 to 60"),
                "{wrong}"
            );
        }
    }

    #[cfg(not(feature = "profile"))]
    #[test]
    fn without_the_feature_it_is_said_how_to_get_one() {
        let refusal = Profile::begin(USUAL).unwrap_err();
        assert_eq!(refusal.code(), 404);
        assert!(
            std::str::from_utf8(refusal.body())
                .unwrap()
                .contains("feature `profile`")
        );
    }
}
