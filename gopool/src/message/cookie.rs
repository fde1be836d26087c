//! A cookie that an answer sets or removes (RFC 6265bis).

use std::{fmt, time::Duration};

/// What a browser keeps of one cookie at most, name and value together, in bytes.
const MOST_BYTES: usize = 4096;
/// What a browser keeps a cookie for at most.
const MOST_LIFE: Duration = Duration::from_secs(400 * 24 * 3600);

/// A cookie for the client to keep, or to forget; see [`Response::cookie`](crate::Response::cookie).
///
/// Without another word it is sent with every path of this host and to no other, by TLS only, no script can read it, requests that another site makes
/// do not carry it, links from there do, and it goes when the browser is closed. Browsers take `http://localhost` for TLS; on another address without it
/// a cookie needs [`without_tls`](Self::without_tls).
///
/// ```
/// use std::time::Duration;
/// use gopool::{Cookie, Response};
///
/// #[gopool::post("/v1/session")]
/// fn sign_in() -> Response {
///     Response::status(204).cookie(Cookie::new("__Host-session", "a-signed-word").max_age(Duration::from_secs(3600)))
/// }
///
/// #[gopool::delete("/v1/session")]
/// fn sign_out() -> Response {
///     Response::status(204).cookie(Cookie::removed("__Host-session"))
/// }
///
/// let cookie = sign_in().headers()["set-cookie"].clone();
/// assert_eq!(cookie, "__Host-session=a-signed-word; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    value: String,
    path: String,
    domain: Option<String>,
    max_age: Option<Duration>,
    is_secure: bool,
    is_http_only: bool,
    same_site: SameSite,
}

/// With which requests from other sites a cookie goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that follow a link.
    Lax,
    /// All; by TLS only.
    None,
}

impl Cookie {
    /// One of this name and value. A value is of visible ASCII characters but `"`, `,`, `;` and `\`: encode what is not, and sign what must not be forged.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            path: "/".to_owned(),
            domain: None,
            max_age: None,
            is_secure: true,
            is_http_only: true,
            same_site: SameSite::Lax,
        }
    }

    /// Has the client forget the one of this name, which it knows by path and domain, too.
    pub fn removed(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// How long it is kept, in whole seconds; browsers keep none for more than 400 days.
    #[must_use]
    pub fn max_age(mut self, life: Duration) -> Self {
        self.max_age = Some(life);
        self
    }

    /// Below which path it is sent.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sent to this domain and all below it, and not to this host only.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// With which requests from other sites it goes.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Scripts of the page can read it.
    #[must_use]
    pub fn for_scripts(mut self) -> Self {
        self.is_http_only = false;
        self
    }

    /// Also sent without TLS, for everybody on the way to read.
    #[must_use]
    pub fn without_tls(mut self) -> Self {
        self.is_secure = false;
        self
    }

    /// The value of `set-cookie`.
    ///
    /// # Errors
    /// Why no browser would keep it, a sentence. The value is not in it: it may be a secret.
    pub(crate) fn written(&self) -> Result<String, String> {
        self.check()?;
        let mut text = format!("{}={}; Path={}", self.name, self.value, self.path);
        if let Some(domain) = &self.domain {
            text += &format!("; Domain={domain}");
        }
        if let Some(life) = self.max_age {
            text += &format!("; Max-Age={}", life.min(MOST_LIFE).as_secs());
        }
        if self.is_secure {
            text += "; Secure";
        }
        if self.is_http_only {
            text += "; HttpOnly";
        }
        text += match self.same_site {
            SameSite::Strict => "; SameSite=Strict",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::None => "; SameSite=None",
        };
        Ok(text)
    }

    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        let is_attribute = |text: &str| {
            text.bytes()
                .all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
        };
        let prefix = name.to_ascii_lowercase();
        let (is_of_host, must_be_secure) = (prefix.starts_with("__host-"), prefix.starts_with("__secure-"));
        let mistake = if !is_token(name) {
            return Err(format!("`{name}` is not the name of a cookie"));
        } else if !self.value.bytes().all(is_octet) {
            "has a value that cannot be sent: visible ASCII characters but `\"`, `,`, `;` and `\\` can; encode it"
        } else if name.len() + self.value.len() > MOST_BYTES {
            "is longer than the 4096 bytes that browsers keep"
        } else if !self.path.starts_with('/') || !is_attribute(&self.path) {
            "has a path that is none: it begins with `/`"
        } else if self
            .domain
            .as_deref()
            .is_some_and(|domain| domain.is_empty() || !is_attribute(domain))
        {
            "has a domain that is none"
        } else if is_of_host && !(self.is_secure && self.domain.is_none() && self.path == "/") {
            "is a host's own by its name, so it has the path `/`, no domain, and goes by TLS only"
        } else if must_be_secure && !self.is_secure {
            "goes by TLS only by its name"
        } else if self.same_site == SameSite::None && !self.is_secure {
            "goes with all requests from other sites, which browsers allow by TLS only"
        } else {
            return Ok(());
        };
        Err(format!("the cookie `{name}` {mistake}"))
    }
}

/// The value may be a secret.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .field("path", &self.path)
            .field("domain", &self.domain)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// RFC 9110, 5.6.2.
fn is_token(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// RFC 6265, 4.1.1, `cookie-octet`.
fn is_octet(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !b"\",;\\".contains(&byte)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_written_and_the_rest_is_safe() {
        for (cookie, text) in [
            (
                Cookie::new("a", "b"),
                "a=b; Path=/; Secure; HttpOnly; SameSite=Lax",
            ),
            (
                Cookie::new("a", "b")
                    .path("/v1")
                    .domain("example.org")
                    .for_scripts(),
                "a=b; Path=/v1; Domain=example.org; Secure; SameSite=Lax",
            ),
            (
                Cookie::new("a", "b").without_tls().same_site(SameSite::Strict),
                "a=b; Path=/; HttpOnly; SameSite=Strict",
            ),
            (
                Cookie::new("a", "")
                    .max_age(Duration::MAX)
                    .same_site(SameSite::None),
                "a=; Path=/; Max-Age=34560000; Secure; HttpOnly; SameSite=None",
            ),
            (
                Cookie::removed("__Host-a"),
                "__Host-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
            ),
        ] {
            assert_eq!(cookie.written().unwrap(), text);
        }
    }

    #[test]
    fn what_no_browser_would_keep_is_refused_and_its_value_is_not_told() {
        for (cookie, words) in [
            (Cookie::new("a b", "secret"), "`a b` is not the name"),
            (Cookie::new("", "secret"), "not the name"),
            (Cookie::new("a", "secret; Path=/x"), "value that cannot be sent"),
            (Cookie::new("a", "secret\r\nx: y"), "value that cannot be sent"),
            (Cookie::new("a", "secr\u{e9}t"), "value that cannot be sent"),
            (Cookie::new("a", "secret".repeat(700)), "4096 bytes"),
            (Cookie::new("a", "secret").path("v1"), "path that is none"),
            (
                Cookie::new("a", "secret").path("/; Domain=x"),
                "path that is none",
            ),
            (
                Cookie::new("a", "secret").domain("x; Secure"),
                "domain that is none",
            ),
            (Cookie::new("__Host-a", "secret").path("/v1"), "host's own"),
            (
                Cookie::new("__host-a", "secret").domain("example.org"),
                "host's own",
            ),
            (Cookie::new("__Host-a", "secret").without_tls(), "host's own"),
            (
                Cookie::new("__Secure-a", "secret").without_tls(),
                "by TLS only by its name",
            ),
            (
                Cookie::new("a", "secret").same_site(SameSite::None).without_tls(),
                "other sites",
            ),
        ] {
            let reason = cookie.written().unwrap_err();
            assert!(reason.contains(words) && !reason.contains("secr"), "{reason}");
            assert!(!format!("{cookie:?}").contains("secr"), "{cookie:?}");
        }
    }
}
