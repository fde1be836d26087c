//! Forms with files, as clients send them, and what goes wrong with them.

use std::{fs, process::Command};

use gopool_tests::{Answer, Server, lab};
use serde_json::{Value, json};

use crate::uploads::until_spooled;

/// A part of a form: the rest of its head, and its bytes.
fn part(head: &str, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("--xYz\r\nContent-Disposition: form-data; {head}\r\n\r\n");
    [head.as_bytes(), bytes.as_ref(), b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [&parts.concat()[..], b"--xYz--\r\n"].concat()
}

fn post(server: &Server, path: &str, body: impl AsRef<[u8]>) -> Answer {
    server.post(path, "multipart/form-data; boundary=xYz", body)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

fn file(name: &str, content_type: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "content_type": content_type, "len": bytes.len(), "crc32": crc32fast::hash(bytes) })
}

#[test]
fn a_form_is_read_from_memory_and_from_a_file_wherever_its_handler_runs() {
    let server = lab().start();
    for length in [10, 3_000_000] {
        let cover = bytes(length);
        let body = form(&[
            part(r#"name="title""#, "S\u{e9}a"),
            part(r#"name="year""#, "1999"),
            part(r#"name="tag""#, "blue"),
            part("name=tag", "deep"),
            part(r#"name="place""#, r#"{"latitude": 54.5}"#),
            part(
                "name=\"cover\"; filename=\"c.png\"\r\nContent-Type: image/png",
                &cover,
            ),
            part(
                "name=\"file\"; filename=\"../a.txt\"\r\nContent-Type: text/plain",
                "a",
            ),
            part(
                "name=\"file\"; filename=\"b.bin\"\r\nContent-Type: text/plain",
                &cover[5..],
            ),
        ]);
        let expected = json!({
            "title": "S\u{e9}a",
            "year": 1999,
            "tags": ["blue", "deep"],
            "place": { "latitude": 54.5 },
            "cover": file("c.png", "image/png", &cover),
            "files": [file("a.txt", "text/plain", b"a"), file("b.bin", "text/plain", &cover[5..])],
        });
        for path in ["/lab/form/plain", "/lab/form/async", "/lab/form/isolated"] {
            let answer = post(&server, path, &body);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(answer.json(), expected, "{path}");
        }
    }
}

#[test]
fn what_is_left_out_is_none_and_so_is_a_file_that_nobody_chose() {
    let server = lab().start();
    let none = json!({ "title": "", "year": null, "tags": [], "place": null, "cover": null, "files": [] });
    let title = part(r#"name="title""#, "");
    let chosen = |name: &str| {
        part(
            &format!("name=\"{name}\"; filename=\"\"\r\nContent-Type: application/octet-stream"),
            "",
        )
    };
    for parts in [
        vec![title.clone()],
        vec![title.clone(), part("name=year", ""), part("name=place", "")],
        vec![chosen("cover"), title.clone(), chosen("file")],
    ] {
        assert_eq!(post(&server, "/lab/form/plain", form(&parts)).json(), none);
    }
    let answer = server.post("/lab/form/keep/none", "multipart/form-data; boundary=xYz", "");
    assert_eq!(answer.status, 404, "an empty body is no form");
}

#[test]
fn what_is_no_such_form_is_refused_with_its_reason() {
    let server = lab().start();
    let title = || part(r#"name="title""#, "t");
    let image = |bytes: &[u8]| part("name=cover; filename=c\r\nContent-Type: image/png", bytes);
    let table: &[(Vec<u8>, u16, &str, &str)] = &[
        (Vec::new(), 400, "bad-multipart", "is empty"),
        (b"{}".to_vec(), 400, "bad-multipart", "boundary stands nowhere"),
        (title(), 400, "bad-multipart", "breaks off in part 1, `title`"),
        (
            form(&[title()])[..40].to_vec(),
            400,
            "bad-multipart",
            "breaks off in the head of part 1",
        ),
        (
            form(&[part("name=a; name=b", "")]),
            400,
            "bad-multipart",
            "part 1: its `content-disposition` says `name` more than once",
        ),
        (
            form(&vec![part("name=tag", "x"); 101]),
            400,
            "bad-multipart",
            "more than 100 parts",
        ),
        (form(&[]), 422, "invalid-body", "`title`: it is missing"),
        (
            form(&[title(), title()]),
            422,
            "invalid-body",
            "`title`: it is given more than once",
        ),
        (
            form(&[title(), part("name=other", "")]),
            422,
            "invalid-body",
            "`other`: no such field",
        ),
        (
            form(&[title(), part("name=year", "two")]),
            422,
            "invalid-body",
            "`year`: `two`: invalid digit",
        ),
        (
            form(&[part("name=title", b"\xff")]),
            422,
            "invalid-body",
            "`title`: it is not UTF-8",
        ),
        (
            form(&[title(), part("name=place", "{}")]),
            422,
            "invalid-body",
            "missing field `latitude`",
        ),
        (
            form(&[title(), part("name=tag", "x".repeat(21))]),
            413,
            "too-large",
            "`tag` is larger than 20 bytes",
        ),
        (
            form(&[part("name=title", "x".repeat(65_537))]),
            413,
            "too-large",
            "`title` is larger than 65536 bytes",
        ),
        (
            form(&[title(), image(&bytes(5_000_001))]),
            413,
            "too-large",
            "`cover` is larger than 5000000 bytes",
        ),
        (
            form(&[
                title(),
                part("name=cover; filename=c\r\nContent-Type: text/html", "x"),
            ]),
            415,
            "unsupported-type",
            "`cover`: send `image/*` or `application/pdf`, not `text/html`",
        ),
        (
            form(&[title(), part("name=cover; filename=c", "x")]),
            415,
            "unsupported-type",
            "not a part without a content type",
        ),
        (
            form(&[vec![title()], vec![part("name=file; filename=f", "x"); 4]].concat()),
            422,
            "invalid-body",
            "`file`: it is given more than 3 times",
        ),
    ];
    for (body, status, kind, reason) in table {
        for path in ["/lab/form/plain", "/lab/form/async"] {
            let answer = post(&server, path, body);
            assert_eq!(
                answer.failure(),
                (*status, (*kind).to_owned()),
                "{reason}: {}",
                answer.text()
            );
            assert!(answer.detail().contains(reason), "{reason}: {}", answer.detail());
        }
    }
    // None of them panicked, or waits.
    assert_eq!(
        post(&server, "/lab/form/plain", form(&[title(), image(b"")])).status,
        200
    );
}

#[test]
fn what_is_said_of_the_body_as_a_whole_is_refused_before_it_is_split() {
    let server = lab().start();
    let body = form(&[part(r#"name="title""#, "t")]);
    let of = |content_type: &str| server.post("/lab/form/plain", content_type, &body);
    assert_eq!(of("multipart/form-data; Boundary=\"xYz\"").status, 200);
    assert_eq!(of("text/plain").failure(), (415, "unsupported-type".to_owned()));
    for wrong in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"x",
    ] {
        assert_eq!(of(wrong).failure(), (400, "bad-multipart".to_owned()), "{wrong}");
    }
}

#[test]
fn a_part_is_kept_and_the_rest_let_go_of() {
    let server = lab().start();
    let long = bytes(2_000_000);
    let parts = [
        part("name=other", "x"),
        part("name=file; filename=f", &long),
        part("name=more", "y"),
    ];
    let answer = post(&server, "/lab/form/keep/part", form(&parts));
    assert_eq!((answer.status, answer.text()), (200, "2000000"));
    assert!(fs::read(format!("/proc/{}/cwd/part", server.pid())).unwrap() == long);
    let many = [&parts[..], &parts[..1]].concat();
    let answer = post(&server, "/lab/form/keep/part", form(&many));
    assert!(answer.detail().contains("more than 3 parts"), "{}", answer.text());
    assert_eq!(post(&server, "/lab/form/plain", form(&many)).status, 422);
    until_spooled(&server, 0);
}

#[test]
fn curl_sends_a_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a \"b\".txt");
    let body = bytes(1_000_000);
    fs::write(&path, &body).unwrap();
    let server = lab().start();
    let sent = format!(
        "file=@\"{}\";type=text/x",
        path.display().to_string().replace('"', "\\\"")
    );
    let ran = Command::new("curl")
        .args(["-s", "--max-time", "60", "-F", "title=of curl", "-F", &sent])
        .arg(format!("http://{}/lab/form/plain", server.address()))
        .output()
        .expect("curl is there");
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(answer["title"], "of curl");
    assert_eq!(answer["files"], json!([file("a \"b\".txt", "text/x", &body)]));
}
