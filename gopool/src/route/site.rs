//! Where something was written.

use std::fmt;

/// Where something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The function's name.
    pub function: &'static str,
    /// The package of its crate.
    pub package: &'static str,
    /// Its module's path.
    pub module: &'static str,
    /// Its file, as the compiler names it.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` ({}:{}, crate `{}`)",
            self.function, self.file, self.line, self.package
        )
    }
}
