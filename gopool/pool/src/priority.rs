//! How urgent a task is.

use std::{fmt, str::FromStr};

/// How urgent a task is: a more urgent one starts before others while there is not enough for all, and is refused after them.
///
/// What more urgent tasks pass by still has one part in 64 of the CPU time, so that nothing waits for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// May be shed: the first to be refused, and to make room when the queue is full.
    Sheddable,
    /// What nobody said anything of.
    #[default]
    Normal,
    /// The last to be refused.
    Critical,
}

impl Priority {
    /// All of them, the least urgent first.
    pub const ALL: [Self; 3] = [Self::Sheddable, Self::Normal, Self::Critical];

    /// The word for it: `critical`, `normal` or `sheddable`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sheddable => "sheddable",
            Self::Normal => "normal",
            Self::Critical => "critical",
        }
    }

    /// Those that are less urgent, the least first.
    pub(crate) fn below(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().take_while(move |other| *other < self)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no word for a [`Priority`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPriority;

impl fmt::Display for UnknownPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a priority is `critical`, `normal` or `sheddable`")
    }
}

impl std::error::Error for UnknownPriority {}

impl FromStr for Priority {
    type Err = UnknownPriority;

    /// Reads one of the words, in letters of any case.
    fn from_str(text: &str) -> Result<Self, UnknownPriority> {
        let is_it = |priority: &Self| priority.as_str().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(is_it).ok_or(UnknownPriority)
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_priority_survives_its_word_and_nothing_else_is_one() {
        for priority in Priority::ALL {
            assert_eq!(priority.to_string().parse(), Ok(priority));
        }
        assert_eq!("CRITICAL".parse(), Ok(Priority::Critical));
        for text in ["", "high", "critical ", "0"] {
            assert_eq!(text.parse::<Priority>(), Err(UnknownPriority));
        }
    }

    #[test]
    fn the_critical_are_the_most_urgent() {
        assert!(
            Priority::Critical
                .below()
                .eq([Priority::Sheddable, Priority::Normal])
        );
        assert!(Priority::Sheddable.below().next().is_none());
    }
}
