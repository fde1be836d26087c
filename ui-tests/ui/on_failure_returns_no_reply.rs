struct Page;

#[gopool::on_failure]
fn failed(_failure: gopool::Failure) -> Page {
    Page
}

fn main() {}
