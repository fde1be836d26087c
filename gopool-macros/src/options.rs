//! The attribute's options: what was written becomes what is meant.

use proc_macro2::Ident;
use syn::{Expr, Lit, Path};

use crate::{errors::Errors, parse::RawOption, words::closest};

mod rate;
mod value;

pub(crate) use rate::Rate;
use rate::rate;
use value::{Wrong, amount, literal, wrong};

/// Every option, in the order in which messages list them.
const KEYS: [&str; 19] = [
    "timeout",
    "queue_timeout",
    "queue_target",
    "max_body",
    "body_timeout",
    "run",
    "memory",
    "fresh",
    "detached",
    "concurrency",
    "weight",
    "priority",
    "fair_by",
    "rate",
    "rate_by",
    "compress",
    "name",
    "tag",
    "crate",
];

/// What the options mean, each with the key that set it, for messages of later checks.
#[derive(Default)]
pub(crate) struct Options {
    /// In milliseconds.
    pub(crate) timeout: Option<Set<u64>>,
    /// In milliseconds.
    pub(crate) queue_timeout: Option<Set<u64>>,
    /// In milliseconds.
    pub(crate) queue_target: Option<Set<u64>>,
    /// In bytes.
    pub(crate) max_body: Option<Set<u64>>,
    /// In milliseconds.
    pub(crate) body_timeout: Option<Set<u64>>,
    pub(crate) run: Option<Set<Placement>>,
    pub(crate) memory: Option<Set<u64>>,
    pub(crate) fresh: Option<Set<()>>,
    pub(crate) detached: Option<Set<()>>,
    pub(crate) concurrency: Option<Set<u64>>,
    pub(crate) weight: Option<Set<u64>>,
    pub(crate) priority: Option<Set<Priority>>,
    pub(crate) fair_by: Option<Set<KnownBy>>,
    pub(crate) rate: Option<Set<Rate>>,
    pub(crate) rate_by: Option<Set<KnownBy>>,
    pub(crate) compress: Option<Set<bool>>,
    /// What documents call the operation.
    pub(crate) name: Option<Set<String>>,
    /// What documents file it under.
    pub(crate) tag: Option<Set<String>>,
    /// Where the runtime crate is, if it has another name.
    pub(crate) krate: Option<Path>,
}

/// A value, and the key that set it.
pub(crate) struct Set<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// Where a `fn` runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    Pool,
    Inline,
    Isolated,
}

/// How urgent the requests of a route are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    Critical,
    Normal,
    Sheddable,
}

/// What tells the callers of a route apart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum KnownBy {
    /// Their address.
    Peer,
    /// A header, in lower case.
    Header(String),
}

impl Options {
    /// Reads all options; each mistake is one error.
    pub(crate) fn check(raw: &[RawOption], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut seen: Vec<&Ident> = Vec::new();
        for option in raw {
            if seen.contains(&&option.key) {
                let message = format!("`{}` is given twice", option.key);
                errors.push(&option.key, &message, "remove one of them");
                continue;
            }
            seen.push(&option.key);
            options.set(option, errors);
        }
        if let (Some(set), false) = (&options.rate_by, seen.iter().any(|key| *key == "rate")) {
            let help = "add a rate, for example `rate = \"20/s\"`, or remove `rate_by`";
            errors.push(
                &set.key,
                "`rate_by` says whose requests are counted, and no `rate` counts them",
                help,
            );
        }
        options
    }

    /// The keys that say which request is next, where there is a queue.
    pub(crate) fn of_the_queue(&self) -> impl Iterator<Item = &Ident> {
        let keys = [
            self.queue_target.as_ref().map(|set| &set.key),
            self.weight.as_ref().map(|set| &set.key),
            self.priority.as_ref().map(|set| &set.key),
            self.fair_by.as_ref().map(|set| &set.key),
        ];
        keys.into_iter().flatten()
    }

    fn set(&mut self, option: &RawOption, errors: &mut Errors) {
        let key = option.key.to_string();
        match key.as_str() {
            "timeout" => self.timeout = option.read(errors, duration),
            "queue_timeout" => self.queue_timeout = option.read(errors, duration),
            "queue_target" => self.queue_target = option.read(errors, target),
            "max_body" => self.max_body = option.read(errors, size),
            "body_timeout" => self.body_timeout = option.read(errors, duration),
            "run" => self.run = option.read(errors, run),
            "memory" => self.memory = option.read(errors, memory),
            "fresh" => self.fresh = option.flag(errors),
            "concurrency" => self.concurrency = option.read(errors, count),
            "weight" => self.weight = option.read(errors, weight),
            "priority" => self.priority = option.read(errors, priority),
            "fair_by" => self.fair_by = option.read(errors, |value| known_by("fair_by", value)),
            "rate" => self.rate = option.read(errors, rate),
            "rate_by" => self.rate_by = option.read(errors, |value| known_by("rate_by", value)),
            "compress" => self.compress = option.read(errors, compress),
            "name" => self.name = option.read(errors, name),
            "tag" => self.tag = option.read(errors, tag),
            "detached" => self.detached = option.flag(errors),
            "crate" => self.krate = option.read(errors, krate).map(|set| set.value),
            _ => unknown(&option.key, errors),
        }
    }
}

fn unknown(key: &Ident, errors: &mut Errors) {
    let message = format!("there is no option `{key}`");
    let word = key.to_string();
    let help = match (word.as_str(), closest(&word, &KEYS)) {
        ("path" | "uri", _) => {
            "the path comes first, without a key: `\"/users/{id}\", timeout = \"30s\"`".to_owned()
        }
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) => format!("the options are {}", list(&KEYS)),
    };
    errors.push(key, &message, &help);
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

impl RawOption {
    fn read<T>(&self, errors: &mut Errors, read: fn(&Expr) -> Result<T, Wrong>) -> Option<Set<T>> {
        let Some(value) = &self.value else {
            let message = format!("`{}` needs a value", self.key);
            errors.push(&self.key, &message, example(&self.key));
            return None;
        };
        match read(value) {
            Ok(value) => Some(Set {
                key: self.key.clone(),
                value,
            }),
            Err(Wrong { message, help }) => {
                let message = format!("`{}` {message}", self.key);
                errors.push(value, &message, &help);
                None
            }
        }
    }

    fn flag(&self, errors: &mut Errors) -> Option<Set<()>> {
        if let Some(value) = &self.value {
            let message = format!("`{}` takes no value", self.key);
            let help = format!("write `{0}` alone to switch it on, or leave it out", self.key);
            errors.push(value, &message, &help);
            return None;
        }
        Some(Set {
            key: self.key.clone(),
            value: (),
        })
    }
}

fn example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "max_body" => "for example `max_body = \"10MB\"`",
        "body_timeout" => "for example `body_timeout = \"2m\"`",
        "memory" => "for example `memory = \"512MB\"`",
        "run" => "write `run = \"inline\"` or `run = \"isolated\"`",
        "concurrency" => "for example `concurrency = 4`",
        "weight" => "for example `weight = 3`",
        "priority" => "for example `priority = \"critical\"`",
        "fair_by" => "for example `fair_by = \"x-api-key\"`, or `fair_by = \"peer\"`",
        "rate" => "for example `rate = \"20/s\"`",
        "rate_by" => "for example `rate_by = \"x-api-key\"`, or `rate_by = \"peer\"`",
        "compress" => "for example `compress = false`",
        "queue_target" => "for example `queue_target = \"200ms\"`",
        "name" => "for example `name = \"list_items\"`",
        "tag" => "for example `tag = \"items\"`",
        "crate" => "write the path of the gopool crate, for example `crate = gopool`",
        "queue_timeout" => "for example `queue_timeout = \"1s\"`",
        _ => "for example `timeout = \"30s\"`",
    }
}

/// A name that programs may have for the operation, as those that are made from a document do.
fn name(value: &Expr) -> Result<String, Wrong> {
    let help = "use letters, digits and `_`, for example \"list_items\"";
    let Some(Lit::Str(text)) = literal(value) else {
        return wrong("must be a text", help);
    };
    let text = text.value();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match text.bytes().all(is_word) && !text.is_empty() {
        true => Ok(text),
        false => wrong(format!("is {text:?}, which programs cannot call anything"), help),
    }
}

fn tag(value: &Expr) -> Result<String, Wrong> {
    match literal(value) {
        Some(Lit::Str(text)) if !text.value().trim().is_empty() => Ok(text.value()),
        _ => wrong("must be a text", "for example `tag = \"items\"`"),
    }
}

const DURATIONS: &str = "write a number with `ms`, `s`, `m` or `h`, for example \"500ms\", \"30s\", \"2m\", \"1h\"; a plain number \
                         is milliseconds";

/// A duration in milliseconds.
fn duration(value: &Expr) -> Result<u64, Wrong> {
    duration_unless_zero(value, "is zero, so every request would fail")
}

/// The same, of which a request that waits is measured by.
fn target(value: &Expr) -> Result<u64, Wrong> {
    duration_unless_zero(value, "is zero, so every request would have waited for too long")
}

/// How long a client is asked to wait, in milliseconds.
pub(crate) fn wait(key: &str, value: &Expr) -> syn::Result<u64> {
    let millis = duration_unless_zero(value, "is zero, and who may come back at once is told nothing");
    millis.map_err(|Wrong { message, help }| {
        syn::Error::new_spanned(value, format!("`{key}` {message}\nhelp: {help}"))
    })
}

/// The most bytes of something.
pub(crate) fn most_bytes(key: &str, value: &Expr) -> syn::Result<u64> {
    size(value).map_err(|Wrong { message, help }| {
        syn::Error::new_spanned(value, format!("`{key}` {message}\nhelp: {help}"))
    })
}

fn duration_unless_zero(value: &Expr, zero: &str) -> Result<u64, Wrong> {
    let millis = match literal(value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => number.base10_parse::<u64>().ok(),
        Some(Lit::Str(text)) => match millis(&text.value()) {
            Some(millis) => Some(millis),
            None => return wrong(format!("is {:?}, which is no duration", text.value()), DURATIONS),
        },
        _ => return wrong("must be a duration", DURATIONS),
    };
    match millis {
        Some(0) => wrong(
            zero,
            "give it some time, or leave it out to follow the application's options",
        ),
        Some(millis) => Ok(millis),
        None => wrong("is too large", DURATIONS),
    }
}

fn millis(text: &str) -> Option<u64> {
    let (number, unit) = amount(text)?;
    let factor = match unit {
        "" | "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

const SIZES: &str = "write a number with `KB`, `MB`, `GB` (powers of 1000) or `KiB`, `MiB`, `GiB` (powers of 1024), for example \
                     \"10MB\"; a plain number is bytes";

/// A size in bytes.
fn size(value: &Expr) -> Result<u64, Wrong> {
    match literal(value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => {
            number.base10_parse().or_else(|_| wrong("is too large", SIZES))
        }
        Some(Lit::Str(text)) => match bytes(&text.value()) {
            Some(bytes) => Ok(bytes),
            None => wrong(format!("is {:?}, which is no size", text.value()), SIZES),
        },
        _ => wrong("must be a size", SIZES),
    }
}

fn memory(value: &Expr) -> Result<u64, Wrong> {
    match size(value)? {
        ..1_000_000 => wrong("is under 1MB, with which no process could run", SIZES),
        bytes => Ok(bytes),
    }
}

fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = amount(text)?;
    let factor = match unit {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn run(value: &Expr) -> Result<Placement, Wrong> {
    let help = "write `run = \"inline\"` (on the event loop), `run = \"isolated\"` (in a process that can be killed) or \
                `run = \"pool\"` (the default)";
    let Some(Lit::Str(text)) = literal(value) else {
        return wrong("must be a text", help);
    };
    match text.value().as_str() {
        "pool" => Ok(Placement::Pool),
        "inline" => Ok(Placement::Inline),
        "isolated" => Ok(Placement::Isolated),
        other => wrong(format!("is {other:?}, which is no place to run"), help),
    }
}

fn count(value: &Expr) -> Result<u64, Wrong> {
    let help = "write how many requests of this route may run at once, at least 1";
    match literal(value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => match number.base10_parse() {
            Ok(0) => wrong("is zero, so no request could ever run", help),
            Ok(count) => Ok(count),
            Err(_) => wrong("is too large", help),
        },
        _ => wrong("must be a number", help),
    }
}

/// More than this would leave others nothing.
const MOST_WEIGHT: u64 = 1000;

fn weight(value: &Expr) -> Result<u64, Wrong> {
    let help = "write a whole number from 1 to 1000: a route of weight 3 has three times the CPU time of one of weight 1";
    match literal(value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => match number.base10_parse() {
            Ok(0) => wrong("is zero, so no request could ever run", help),
            Ok(weight @ 1..=MOST_WEIGHT) => Ok(weight),
            _ => wrong("is too large", help),
        },
        _ => wrong("must be a number", help),
    }
}

fn priority(value: &Expr) -> Result<Priority, Wrong> {
    let help = "write `priority = \"critical\"`, `\"normal\"` (the default) or `\"sheddable\"`";
    let Some(Lit::Str(text)) = literal(value) else {
        return wrong("must be a text", help);
    };
    match text.value().as_str() {
        "critical" => Ok(Priority::Critical),
        "normal" => Ok(Priority::Normal),
        "sheddable" => Ok(Priority::Sheddable),
        other => wrong(format!("is {other:?}, which is no priority"), help),
    }
}

/// What tells callers apart; `key` is the option that says it.
fn known_by(key: &str, value: &Expr) -> Result<KnownBy, Wrong> {
    let help = format!(
        "write the name of the header that tells callers apart, for example `{key} = \"x-api-key\"`, or `{key} = \"peer\"` for \
         their address"
    );
    let Some(Lit::Str(text)) = literal(value) else {
        return wrong("must be a text", help);
    };
    match text.value() {
        peer if peer == "peer" => Ok(KnownBy::Peer),
        name if is_header_name(&name) => Ok(KnownBy::Header(name.to_ascii_lowercase())),
        other => wrong(format!("is {other:?}, which is no name of a header"), help),
    }
}

fn compress(value: &Expr) -> Result<bool, Wrong> {
    match literal(value) {
        Some(Lit::Bool(value)) => Ok(value.value),
        _ => wrong(
            "must be `true` or `false`",
            "write `compress = false` for replies that are never compressed, `compress = true` for those that are without `--compress`, too",
        ),
    }
}

/// RFC 9110, `token`.
pub(crate) fn is_header_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// `crate = gp` and `crate = "gp"`.
pub(crate) fn crate_path(value: &Expr) -> Option<Path> {
    match value {
        Expr::Path(path) => Some(path.path.clone()),
        _ => match literal(value)? {
            Lit::Str(text) => text.parse().ok(),
            _ => None,
        },
    }
}

fn krate(value: &Expr) -> Result<Path, Wrong> {
    crate_path(value).map_or_else(
        || {
            wrong(
                "must be a path",
                "write where the gopool crate is, for example `crate = gp`",
            )
        },
        Ok,
    )
}

#[cfg(test)]
mod tests;
