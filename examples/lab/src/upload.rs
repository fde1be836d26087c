//! Bodies that may be too large for the memory.

use std::{
    future::pending,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use gopool::{Error, Incoming, Multipart, Part, Path, Upload};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Digest {
    len: u64,
    crc32: u32,
    content_type: Option<String>,
}

/// Reads the upload part by part, its last bytes first.
fn digest_of(upload: &Upload) -> Result<Digest, Error> {
    let mut reader = upload.reader();
    reader.seek(SeekFrom::End(0))?;
    reader.rewind()?;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(Digest {
        len: upload.len(),
        crc32: hasher.finalize(),
        content_type: upload.content_type().map(str::to_owned),
    })
}

#[gopool::post("/lab/upload/digest", max_body = "1GB", timeout = "60s")]
fn digest(upload: Upload) -> Result<Digest, Error> {
    digest_of(&upload)
}

/// The same in a process of its own.
#[gopool::post("/lab/upload/isolated", max_body = "100MB", timeout = "60s", run = "isolated")]
fn isolated(upload: Upload) -> Result<Digest, Error> {
    digest_of(&upload)
}

/// The same within the limits of the options.
#[gopool::put("/lab/upload/plain")]
fn plain(upload: Option<Upload>) -> Result<Option<Digest>, Error> {
    upload.map(|upload| digest_of(&upload)).transpose()
}

/// Keeps it under this name in the folder where the program runs.
#[gopool::post("/lab/upload/keep/{name}", max_body = "100MB")]
fn keep(name: Path<String>, upload: Upload) -> Result<(), Error> {
    Ok(upload.persist(name.0)?)
}

/// What has come so far of bodies that are taken while they arrive, in bytes.
static SEEN: AtomicU64 = AtomicU64::new(0);

#[gopool::post("/lab/incoming/digest", max_body = "1GB")]
async fn take(body: Incoming) -> Result<Digest, Error> {
    take_all(body).await
}

async fn take_all(mut body: Incoming) -> Result<Digest, Error> {
    let mut hasher = crc32fast::Hasher::new();
    let mut len = 0;
    while let Some(part) = body.next().await? {
        hasher.update(&part);
        len += part.len() as u64;
        SEEN.fetch_add(part.len() as u64, Relaxed);
    }
    Ok(Digest {
        len,
        crc32: hasher.finalize(),
        content_type: None,
    })
}

#[gopool::get("/lab/incoming/seen")]
async fn seen() -> u64 {
    SEEN.load(Relaxed)
}

#[gopool::post("/lab/incoming/small", max_body = "1000")]
async fn take_little(body: Incoming) -> Result<Digest, Error> {
    take_all(body).await
}

#[gopool::post("/lab/incoming/refuse")]
async fn refuse(_body: Incoming) -> Error {
    Error::forbidden("on purpose")
}

/// Takes a part, then nothing.
#[gopool::post("/lab/incoming/idle")]
async fn idle(mut body: Incoming) -> Result<(), Error> {
    body.next().await?;
    pending().await
}

/// What a task was told that went on with a body when its handler had ended.
static TOLD: Mutex<String> = Mutex::new(String::new());

/// Leaves its body to a task that ends later.
#[gopool::post("/lab/incoming/left")]
async fn leave(mut body: Incoming) {
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        while let Some(part) = body.next().await.transpose() {
            if let Err(error) = part {
                *TOLD.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
                break;
            }
        }
    });
}

#[gopool::get("/lab/incoming/told")]
async fn told() -> String {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A form with every kind of field.
#[derive(gopool::Multipart)]
struct Album {
    title: String,
    year: Option<u16>,
    #[part(name = "tag", max = "20B")]
    tags: Vec<String>,
    #[part(json)]
    place: Option<Place>,
    #[part(max = "5MB", types("image/*", "application/pdf"))]
    cover: Option<Part>,
    #[part(name = "file", max_count = 3)]
    files: Vec<Part>,
}

#[derive(Deserialize, Serialize)]
struct Place {
    latitude: f64,
}

#[derive(Serialize)]
struct Seen {
    title: String,
    year: Option<u16>,
    tags: Vec<String>,
    place: Option<Place>,
    cover: Option<SeenFile>,
    files: Vec<SeenFile>,
}

#[derive(Serialize)]
struct SeenFile {
    name: Option<String>,
    content_type: Option<String>,
    len: u64,
    crc32: u32,
}

fn seen_file(part: Part) -> Result<SeenFile, Error> {
    let mut hasher = crc32fast::Hasher::new();
    let mut reader = BufReader::with_capacity(64 << 10, part.reader());
    loop {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            break;
        }
        hasher.update(read);
        let read = read.len();
        reader.consume(read);
    }
    Ok(SeenFile {
        name: part.file_name().map(str::to_owned),
        content_type: part.content_type().map(str::to_owned),
        len: part.len(),
        crc32: hasher.finalize(),
    })
}

fn seen_album(Multipart(album): Multipart<Album>) -> Result<Seen, Error> {
    let files: Result<_, Error> = album.files.into_iter().map(seen_file).collect();
    Ok(Seen {
        title: album.title,
        year: album.year,
        tags: album.tags,
        place: album.place,
        cover: album.cover.map(seen_file).transpose()?,
        files: files?,
    })
}

#[gopool::post("/lab/form/plain", max_body = "100MB", timeout = "60s")]
fn form(album: Multipart<Album>) -> Result<Seen, Error> {
    seen_album(album)
}

/// The same on an event loop.
#[gopool::post("/lab/form/async", max_body = "100MB", timeout = "60s")]
async fn form_async(album: Multipart<Album>) -> Result<Seen, Error> {
    gopool::cpu(move || seen_album(album)).await?
}

/// The same in a process of its own.
#[gopool::post("/lab/form/isolated", max_body = "100MB", timeout = "60s", run = "isolated")]
fn form_isolated(album: Multipart<Album>) -> Result<Seen, Error> {
    seen_album(album)
}

/// A form that may be missing, of which one file is kept and the rest let go of.
#[derive(gopool::Multipart)]
#[multipart(ignore_unknown, max_parts = 3)]
struct Kept {
    file: Part,
}

#[gopool::post("/lab/form/keep/{name}", max_body = "100MB")]
fn keep_part(name: Path<String>, form: Option<Multipart<Kept>>) -> Result<Option<u64>, Error> {
    let Some(Multipart(Kept { file })) = form else {
        return Ok(None);
    };
    let length = file.len();
    file.persist(name.0)?;
    Ok(Some(length))
}
