use gopool::Multipart;

#[derive(gopool::Multipart)]
struct Album {
    #[part(size = "5MB")]
    title: String,
}

#[gopool::post("/v1/albums")]
fn album(album: Multipart<Album>) -> String {
    album.0.title
}

fn main() {}
