struct Tags;

#[derive(gopool::Multipart)]
struct Album {
    #[part(json)]
    tags: Tags,
}

fn main() {}
