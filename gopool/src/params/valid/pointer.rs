//! Where in what the client sent a rule is broken, as a JSON pointer (RFC 6901).
//!
//! A rule is told by the names of fields in Rust, and the client has sent what serde reads: other spellings, variants around a value, fields that are
//! flattened, newtypes that nobody sees. So the path is walked through what was sent, and what is found there is what the client is told.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

/// What a fragment of a URI may not hold as it is (RFC 3986, section 3.5).
const NOT_IN_FRAGMENTS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// `#/tags/2`; the whole is `#`.
pub(super) fn pointer(path: &garde::Path, sent: &Value) -> String {
    let path = match serde_json::to_value(path) {
        Ok(Value::Array(path)) => path,
        _ => Vec::new(),
    };
    // Each part is its kind and its name.
    let path: Vec<&str> = path.iter().filter_map(|part| part[1].as_str()).collect();
    let mut pointer = String::from("#");
    for name in walk(&path, sent) {
        let token = name.replace('~', "~0").replace('/', "~1");
        pointer.push('/');
        pointer.extend(utf8_percent_encode(&token, NOT_IN_FRAGMENTS));
    }
    pointer
}

fn walk<'a>(path: &[&'a str], sent: &'a Value) -> Vec<&'a str> {
    let mut here = Some(sent);
    let mut names = Vec::new();
    for (position, name) in path.iter().copied().enumerate() {
        let next = path.get(position + 1).copied();
        match step(here, name, next) {
            Step::Stay => {}
            Step::To(way) => {
                names.extend(way.iter().map(|(name, _)| *name));
                here = way.last().map(|(_, value)| *value);
            }
            Step::Lost => {
                names.push(name);
                here = None;
            }
        }
    }
    names
}

enum Step<'a> {
    /// It is one only in Rust.
    Stay,
    /// Through these members.
    To(Vec<(&'a str, &'a Value)>),
    /// It was not sent.
    Lost,
}

fn step<'a>(here: Option<&'a Value>, name: &'a str, next: Option<&str>) -> Step<'a> {
    match here {
        _ if name.is_empty() => Step::Stay,
        Some(Value::Array(list)) => match name.parse().ok().and_then(|index: usize| list.get(index)) {
            Some(value) => Step::To(vec![(name, value)]),
            None => Step::Lost,
        },
        Some(Value::Object(members)) => in_object(members, name, next),
        // The inside of a newtype.
        Some(_) if name == "0" => Step::Stay,
        _ => Step::Lost,
    }
}

fn in_object<'a>(members: &'a Map<String, Value>, name: &str, next: Option<&str>) -> Step<'a> {
    if let Some(found) = member(members, name) {
        return Step::To(vec![found]);
    }
    // A variant around its fields, as serde writes it unless it is told otherwise.
    let mut all = members.iter();
    if let (Some((variant, Value::Object(inner))), None) = (all.next(), all.next())
        && let Some(found) = member(inner, name)
    {
        return Step::To(vec![(variant, &members[variant]), found]);
    }
    // A field that is flattened, or a newtype around a struct.
    let is_flat = name == "0" || next.is_some_and(|next| member(members, next).is_some());
    if is_flat { Step::Stay } else { Step::Lost }
}

/// The member of this name, or of the same name in another spelling: `page_size` is `pageSize`, too.
fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<(&'a str, &'a Value)> {
    let exact = members.get_key_value(name);
    let found = exact.or_else(|| members.iter().find(|(other, _)| plain(other).eq(plain(name))));
    found.map(|(name, value)| (name.as_str(), value))
}

fn plain(name: &str) -> impl Iterator<Item = char> {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-'));
    letters.flat_map(char::to_lowercase)
}
