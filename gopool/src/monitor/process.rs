//! What the system says of this process.

use std::{
    fs::File,
    io,
    mem::MaybeUninit,
    os::unix::fs::FileExt as _,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use rustix::{
    fs::{RawDir, SeekFrom, seek},
    param::page_size,
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

/// This process at one instant. What the system does not tell is absent, and never zero.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Process {
    /// CPU time of all threads, in user and kernel.
    pub(super) cpu: Duration,
    pub(super) resident_bytes: Option<u64>,
    pub(super) open_descriptors: Option<u64>,
    /// The soft limit; absent also when there is none.
    pub(super) max_descriptors: Option<u64>,
}

impl Process {
    pub(super) fn read() -> Self {
        static FILES: OnceLock<Files> = OnceLock::new();
        let files = FILES.get_or_init(Files::open);
        Self {
            cpu: cpu(),
            resident_bytes: files.resident_bytes(),
            open_descriptors: files.open_descriptors(),
            max_descriptors: getrlimit(Resource::Nofile).current,
        }
    }
}

/// Kept open, so that they can be read also when the process may open nothing more.
#[derive(Debug)]
struct Files {
    statm: Option<File>,
    /// Whoever reads a folder moves its position.
    descriptors: Option<Mutex<File>>,
}

impl Files {
    fn open() -> Self {
        Self {
            statm: File::open("/proc/self/statm").ok(),
            descriptors: File::open("/proc/self/fd").ok().map(Mutex::new),
        }
    }

    /// The second number of `statm` counts resident pages.
    fn resident_bytes(&self) -> Option<u64> {
        let mut bytes = [0; 256];
        let read = self.statm.as_ref()?.read_at(&mut bytes, 0).ok()?;
        let text = std::str::from_utf8(bytes.get(..read)?).ok()?;
        let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(pages.saturating_mul(page_size() as u64))
    }

    fn open_descriptors(&self) -> Option<u64> {
        let folder = self.descriptors.as_ref()?;
        let folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
        count(&folder).ok()
    }
}

fn count(folder: &File) -> io::Result<u64> {
    seek(folder, SeekFrom::Start(0))?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(folder, &mut buffer);
    let mut count = 0;
    while let Some(entry) = entries.next() {
        let name = entry?.file_name().to_bytes().first().copied();
        // All but the folder itself and the one above are numbers.
        count += u64::from(name.is_some_and(|first| first.is_ascii_digit()));
    }
    Ok(count)
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_descriptors_and_time() {
        let process = Process::read();
        assert!(process.resident_bytes.unwrap() > 100_000, "{process:?}");
        let open = process.open_descriptors.unwrap();
        assert!(
            (3..=process.max_descriptors.unwrap_or(u64::MAX)).contains(&open),
            "{process:?}"
        );
        assert!(process.cpu > Duration::ZERO, "{process:?}");
    }

    #[test]
    fn more_descriptors_than_fit_into_one_look_are_counted_each_time() {
        let files = Files::open();
        let opened: Vec<_> = (0..500).map(|_| File::open("/dev/null").unwrap()).collect();
        for _ in 0..2 {
            assert!(files.open_descriptors().unwrap() >= 500);
        }
        drop(opened);
    }

    #[test]
    fn what_the_system_does_not_tell_is_absent() {
        let files = Files {
            statm: None,
            descriptors: None,
        };
        assert_eq!((files.resident_bytes(), files.open_descriptors()), (None, None));
    }
}
