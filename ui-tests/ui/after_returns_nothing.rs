use gopool::Response;

#[gopool::after]
fn stamp(response: Response) {
    drop(response);
}

fn main() {}
