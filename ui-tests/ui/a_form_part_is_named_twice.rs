#[derive(gopool::Multipart)]
struct Album {
    title: String,
    #[part(name = "title")]
    name: Option<String>,
}

fn main() {}
