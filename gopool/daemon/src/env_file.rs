//! A file of variables for masters, as service managers and containers have them.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::error::Error;

/// A longer file is none of these.
const LONGEST: u64 = 1 << 20;

/// Names and values.
pub(crate) type Variables = Vec<(String, String)>;

/// Reads a file of variables: one `NAME=value` a line, as systemd and Docker read them. A value may stand in quotes, which are taken off; nothing in it
/// is replaced, because a `$` may be part of a password. Lines that are empty or begin with `#` or `;` say nothing, and `export` before a name
/// is for shells.
///
/// # Errors
/// When it cannot be read, or the first line that is none of these.
pub fn read_env_file(path: &Path) -> Result<Variables, Error> {
    let shown = || format!("the file of variables `{}`", path.display());
    let failed = |cause: io::Error| Error::caused(format!("{} cannot be read", shown()), &cause);
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LONGEST {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    let lines = text.lines().enumerate().filter(|(_, line)| says_something(line));
    let variables = lines.map(|(index, line)| {
        variable(line).ok_or_else(|| {
            // Not the line itself: it may be a secret.
            let (shown, line) = (shown(), index + 1);
            Error::new(format!("line {line} of {shown} is no `NAME=value`"))
        })
    });
    variables.collect()
}

fn says_something(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with(['#', ';'])
}

fn variable(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let name = name.trim();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_name = !name.starts_with(|first: char| first.is_ascii_digit()) && name.chars().all(is_plain);
    let value = unquoted(value.trim());
    let is_valid = is_name && !name.is_empty() && !value.contains('\0');
    is_valid.then(|| (name.to_owned(), value.to_owned()))
}

fn unquoted(value: &str) -> &str {
    let between = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    between('"').or_else(|| between('\'')).unwrap_or(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Variables, Error> {
        let path = std::env::temp_dir().join(format!("gopool-env-file-{}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let read = read_env_file(&path);
        std::fs::remove_file(&path).unwrap();
        read
    }

    #[test]
    fn variables_are_read_as_they_stand_and_wrong_lines_are_numbered() {
        let text =
            "# a comment\n\n; another\nA=1\nexport B = two words \nC=\"in 'quotes'\"\nD='$A=x'\nE=\nF=\"\n";
        let wanted = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "in 'quotes'"),
            ("D", "$A=x"),
            ("E", ""),
            ("F", "\""),
        ];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read(text).unwrap(), wanted);
        for wrong in ["secret", "=x", "1A=x", "A B=x", "A-B=x", "A=a\0b"] {
            let error = read(&format!("A=1\n{wrong}\n")).unwrap_err().to_string();
            assert!(error.starts_with("line 2 of the file of variables `"), "{error}");
            assert!(
                error.ends_with("` is no `NAME=value`") && !error.contains(wrong),
                "{error}"
            );
        }
        let error = read(&"A=1\n".repeat(300_000)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let error = read_env_file(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(
            error.contains("`/nowhere` cannot be read: No such file"),
            "{error}"
        );
    }
}
