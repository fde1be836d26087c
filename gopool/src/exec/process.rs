//! `gopool::spawn_process`: child processes of plain handlers.

use std::{
    io,
    process::{Child, Command},
};

use gopool_pool::niceness;

/// Starts a process from a plain handler, as nice as the server and no more.
///
/// A thread of the pool gives way to the event loops once handlers keep cores (`--nice`), and `Command::spawn` there starts a process that
/// gives way too, for all its life. This starts it from a thread that never does.
///
/// ```
/// use std::process::{Command, Stdio};
///
/// # fn main() -> std::io::Result<()> {
/// let mut command = Command::new("echo");
/// command.arg("hello").stdout(Stdio::piped());
/// let output = gopool::spawn_process(command)?.wait_with_output()?;
/// assert_eq!(output.stdout, b"hello\n");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`Command::spawn`].
pub fn spawn_process(command: Command) -> io::Result<Child> {
    niceness::spawn_process(command)
}
