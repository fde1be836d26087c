//! The page that shows the OpenAPI document, and its files, beside the routes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use actix_http::RequestHead;
use actix_web::http::{
    Method,
    header::{ACCEPT_ENCODING, HeaderName, IF_NONE_MATCH},
};
use bytes::Bytes;

use crate::{
    error::Error,
    message::{RequestId, Response},
};

/// All comes from here, and nothing else is asked. What the page tries out are the routes of this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = include_str!("docs/init.js");
const PAGE: &str = include_str!("docs/page.html");
/// The document's place below the page.
const DOCUMENT: &str = "openapi.json";

/// The page and its files below a path of the main listeners.
#[derive(Debug, Clone)]
pub(crate) struct DocsPath {
    /// Begins with a slash and does not end in one.
    path: String,
    files: Vec<File>,
    /// Why there is no document.
    lacks: Option<String>,
}

#[derive(Debug, Clone)]
struct File {
    /// Behind the path; the page itself has none.
    name: &'static str,
    media_type: &'static str,
    body: Bytes,
    is_compressed: bool,
    tag: String,
}

impl File {
    fn new(name: &'static str, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self {
            name,
            media_type,
            tag: tag(&body),
            body,
            is_compressed: false,
        }
    }
}

/// A strong validator: the same bytes have the same one, in whatever process of this program.
fn tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016x}-{:x}\"", hasher.finish(), body.len())
}

impl DocsPath {
    /// The pages below `path`, with the document, or why there is none.
    pub(crate) fn new(path: &str, document: Result<String, String>) -> Self {
        let mut files = vec![
            File::new("", "text/html; charset=utf-8", PAGE.replace("{path}", path)),
            File::new("init.js", "text/javascript; charset=utf-8", SCRIPT),
        ];
        files.extend(gopool_docs::FILES.iter().map(|file| File {
            is_compressed: true,
            ..File::new(file.name, file.media_type, file.gzip)
        }));
        let lacks = match document {
            Ok(document) => {
                files.push(File::new(DOCUMENT, "application/json", document));
                None
            }
            Err(reason) => Some(reason),
        };
        Self {
            path: path.to_owned(),
            files,
            lacks,
        }
    }

    /// Whether the request is for the page or what lies below it.
    pub(super) fn has(&self, request: &RequestHead) -> bool {
        self.name(request.uri.path()).is_some()
    }

    /// Answers a request for the page or what lies below it; `None` for all others.
    pub(super) fn answer(&self, request: &RequestHead) -> Option<Response> {
        let name = self.name(request.uri.path())?;
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return Some(Response::status(405).header("allow", "GET, HEAD"));
        }
        let file = self.files.iter().find(|file| file.name == name);
        Some(match (file, &self.lacks) {
            (Some(file), _) => respond(file, request),
            (None, Some(reason)) if name == DOCUMENT => {
                tracing::error!(reason, "there is no document of OpenAPI");
                Error::internal(reason.as_str()).to_response(&RequestId::random())
            }
            (None, _) => Response::status(404),
        })
    }

    /// What stands behind the path.
    fn name<'a>(&self, path: &'a str) -> Option<&'a str> {
        let below = path.strip_prefix(&self.path)?;
        match below.strip_prefix('/') {
            Some(name) => Some(name),
            None => below.is_empty().then_some(""),
        }
    }
}

fn respond(file: &File, request: &RequestHead) -> Response {
    let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
    let known = header(IF_NONE_MATCH).unwrap_or_default();
    let is_known = known
        .split(',')
        .any(|known| known.trim().trim_start_matches("W/") == file.tag);
    let response = match is_known {
        true => Response::status(304),
        false if file.is_compressed && !reads_gzip(header(ACCEPT_ENCODING).unwrap_or_default()) => {
            return Response::status(406).text("this file is sent with gzip only: `accept-encoding: gzip`");
        }
        false => Response::ok()
            .content_type(file.media_type)
            .bytes(file.body.clone()),
    };
    let response = match file.is_compressed {
        true if is_known => response.header("vary", "accept-encoding"),
        true => response
            .header("content-encoding", "gzip")
            .header("vary", "accept-encoding"),
        false => response,
    };
    response
        .header("etag", &file.tag)
        .header("cache-control", "no-cache")
        .header("content-security-policy", POLICY)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
}

/// RFC 9110, 12.5.3, as far as browsers use it.
fn reads_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let is_refused = |part: &str| {
            let quality = part
                .strip_prefix("q=")
                .and_then(|quality| quality.parse::<f32>().ok());
            quality == Some(0.0)
        };
        is_gzip && !parts.any(is_refused)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use actix_http::Request;
    use actix_web::http::{Uri, header::HeaderValue};

    use super::*;

    fn ask(method: Method, path: &'static str, headers: &[(HeaderName, &str)]) -> Request {
        let mut request = Request::new();
        let head = request.head_mut();
        head.method = method;
        head.uri = Uri::from_static(path);
        for (name, value) in headers {
            head.headers
                .insert(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        request
    }

    fn docs() -> DocsPath {
        DocsPath::new("/docs", Ok("{}".to_owned()))
    }

    fn get(path: &'static str, headers: &[(HeaderName, &str)]) -> Response {
        docs().answer(ask(Method::GET, path, headers).head()).unwrap()
    }

    #[test]
    fn what_lies_below_the_path_is_its_own_and_nothing_else() {
        for (path, code) in [
            ("/docs", 200),
            ("/docs/", 200),
            ("/docs/openapi.json", 200),
            ("/docs/nothing", 404),
        ] {
            assert_eq!(get(path, &[]).code(), code, "{path}");
        }
        for path in ["/", "/doc", "/docsx", "/x/docs"] {
            let request = ask(Method::GET, path, &[]);
            assert!(
                !docs().has(request.head()) && docs().answer(request.head()).is_none(),
                "{path}"
            );
        }
        let posted = docs().answer(ask(Method::POST, "/docs", &[]).head()).unwrap();
        assert_eq!(
            (posted.code(), posted.headers().get("allow").unwrap().as_bytes()),
            (405, &b"GET, HEAD"[..])
        );
    }

    #[test]
    fn who_has_a_file_is_not_sent_it_again() {
        let first = get("/docs/openapi.json", &[]);
        let tag = first.headers().get("etag").unwrap().to_str().unwrap();
        let again = get(
            "/docs/openapi.json",
            &[(IF_NONE_MATCH, &format!("\"x\", W/{tag}"))],
        );
        assert_eq!((again.code(), again.body().len()), (304, 0));
        assert_eq!(again.headers().get("etag"), first.headers().get("etag"));
    }

    #[test]
    fn compressed_files_go_to_who_reads_them() {
        let script = get("/docs/swagger-ui-bundle.js", &[(ACCEPT_ENCODING, "br, gzip")]);
        assert_eq!(
            (
                script.code(),
                script.headers().get("content-encoding").unwrap().as_bytes()
            ),
            (200, &b"gzip"[..])
        );
        assert_eq!(get("/docs/swagger-ui-bundle.js", &[]).code(), 406);
        for (accepted, reads) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("", false),
        ] {
            assert_eq!(reads_gzip(accepted), reads, "{accepted}");
        }
    }

    #[test]
    fn a_document_that_cannot_be_made_is_500_and_the_page_is_there() {
        let docs = DocsPath::new("/docs", Err("a secret reason".to_owned()));
        let answer = |path| docs.answer(ask(Method::GET, path, &[]).head()).unwrap();
        assert_eq!(
            (answer("/docs").code(), answer("/docs/openapi.json").code()),
            (200, 500)
        );
        let body = answer("/docs/openapi.json");
        assert!(!String::from_utf8_lossy(body.body()).contains("secret"));
    }
}
