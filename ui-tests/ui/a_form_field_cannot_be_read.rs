struct Title;

#[derive(gopool::Multipart)]
struct Album {
    title: Title,
}

fn main() {}
