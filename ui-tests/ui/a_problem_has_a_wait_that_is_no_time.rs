#[derive(gopool::Problem)]
#[problem(status = 503, title = "Busy", retry_after = "soon")]
struct Busy;

fn main() {}
