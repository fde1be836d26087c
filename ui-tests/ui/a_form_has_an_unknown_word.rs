use gopool::Multipart;

#[derive(gopool::Multipart)]
#[multipart(max_part = 5)]
struct Album {
    title: String,
}

#[gopool::post("/v1/albums")]
fn album(album: Multipart<Album>) -> String {
    album.0.title
}

fn main() {}
