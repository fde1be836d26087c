//! gopool with a thousand parameterised routes.

include!(concat!(env!("OUT_DIR"), "/routes.rs"));

fn main() -> std::process::ExitCode {
    gopool::start()
}
