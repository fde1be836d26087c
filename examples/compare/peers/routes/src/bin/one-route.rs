//! gopool with one parameterised route.

#[gopool::get("/r0999/{id}")]
fn r0999(id: gopool::Path<u64>) -> String {
    id.to_string()
}

fn main() -> std::process::ExitCode {
    gopool::start()
}
