use gopool::Multipart;

#[derive(gopool::Multipart)]
struct Album {
    #[part(max_count = 3)]
    title: String,
}

#[gopool::post("/v1/albums")]
fn album(album: Multipart<Album>) -> String {
    album.0.title
}

fn main() {}
