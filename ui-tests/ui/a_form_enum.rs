#[derive(gopool::Multipart)]
enum Album {
    One { title: String },
}

fn main() {}
