use gopool::Incoming;

#[gopool::put("/log")]
fn log(body: Incoming) -> String {
    format!("{body:?}")
}

fn main() {}
