use gopool::Body;

#[gopool::before]
fn guard(body: Body<String>) {
    drop(body);
}

fn main() {}
