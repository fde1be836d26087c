type Text = gopool::Bytes;

#[gopool::before]
fn guard(text: Text) {
    drop(text);
}

fn main() {}
