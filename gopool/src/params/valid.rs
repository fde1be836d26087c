//! `Valid<P>`: a parameter whose value keeps the rules of its type. With the feature `garde`.

use std::ops::{Deref, DerefMut};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    body::Body,
    form::{self, Form},
    header::{FromHeaders, Header},
    param::{OptionalParam, Param},
    path::Path,
    query::Query,
    spec::Spec,
};
use crate::{
    call::Call,
    error::{Error, Kind},
};

mod pointer;

use pointer::pointer;

/// How many broken rules a client is told of; how many there are, it is told in any case.
const MOST_TOLD: usize = 64;

/// A [`Body`], [`Form`], [`Query`], [`Path`] or [`Header`] whose value keeps the rules that its type has by [`garde`].
///
/// A client that breaks some is told of all of them at once, in the member `errors` of the problem: each with a JSON pointer to what is wrong, in the
/// client's own names, and the reason. The problem is that of a value that cannot be read: 422 `invalid-body` of a body, 400 `bad-query`, `bad-path` or
/// `bad-header` of the others. With the feature `openapi`, the rules that JSON Schema knows stand in the document, too.
///
/// ```
/// use gopool::{Body, Path, Status, Valid};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize, garde::Validate)]
/// struct Item {
///     #[garde(length(min = 1, max = 40))]
///     name: String,
///     #[garde(range(min = 1))]
///     cents: u32,
///     #[garde(length(max = 3), inner(ascii))]
///     tags: Vec<String>,
/// }
///
/// #[gopool::post("/v1/items")]
/// fn add(Valid(Body(item)): Valid<Body<Item>>) -> Status<201, Item> {
///     Status(item)
/// }
///
/// #[gopool::put("/v1/items/{id}")]
/// fn change(id: Path<u64>, item: Valid<Body<Item>>) -> String {
///     format!("{} is now {}", *id, item.name)
/// }
/// ```
///
/// ```json
/// { "type": "urn:gopool:problem:invalid-body", "title": "Body has the wrong shape", "status": 422, "detail": "2 values are not valid",
///   "errors": [{ "pointer": "#/name", "detail": "length is lower than 1" }, { "pointer": "#/tags/2", "detail": "not ascii" }] }
/// ```
///
/// The application names `garde` among its dependencies, in the version that gopool has as `gopool::garde`. Rules that need a context other than
/// `()` use its `Default`; who has to look into a database does it in the handler. A field that serde reads under another name
/// altogether, and not only in another spelling, is told by its name in Rust.
///
/// Of an `Option` around it, what is absent is `None`; what is there must be valid. A `Result<Valid<P>, Error>` leaves it to the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Valid<P>(pub P);

impl<P> Deref for Valid<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0
    }
}

impl<P> DerefMut for Valid<P> {
    fn deref_mut(&mut self) -> &mut P {
        &mut self.0
    }
}

/// A parameter whose value may have rules.
#[diagnostic::on_unimplemented(
    message = "`Valid<{Self}>` is not a handler parameter",
    label = "has no value whose rules could be checked",
    note = "`Valid` stands around `Body<T>`, `Form<T>`, `Query<T>`, `Path<T>` or `Header<T>`; a parameter of your own checks its rules where it is made"
)]
pub trait WithRules: Param {
    /// What it holds.
    type Value: Rules;

    /// The failure of a value that breaks a rule.
    const KIND: Kind;

    /// The value.
    fn value(&self) -> &Self::Value;

    /// What the client sent, as far as names and places in it tell.
    fn sent(call: &Call) -> Value;
}

/// A type that has rules; derive them with `#[derive(garde::Validate)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rules that `Valid` could check",
    label = "does not implement `garde::Validate`",
    note = "add `#[derive(garde::Validate)]` to `{Self}`, and to each field a rule or `#[garde(skip)]`; a context of the rules must be `Default`"
)]
pub trait Rules {
    /// What it breaks.
    ///
    /// # Errors
    /// Every broken rule.
    fn check(&self) -> Result<(), garde::Report>;
}

// That `Validate` is missing is the cause, but our message also says what to do.
#[diagnostic::do_not_recommend]
impl<T> Rules for T
where
    T: garde::Validate,
    T::Context: Default,
{
    fn check(&self) -> Result<(), garde::Report> {
        self.validate()
    }
}

impl<P: WithRules> Param for Valid<P> {
    const SPEC: &'static Spec = P::SPEC;

    fn read(call: &Call) -> Result<Self, Error> {
        let param = P::read(call)?;
        match param.value().check() {
            Ok(()) => Ok(Self(param)),
            Err(report) => Err(refused(P::KIND, &report, &P::sent(call))),
        }
    }
}

impl<P: WithRules + OptionalParam> OptionalParam for Valid<P> {
    const SPEC: &'static Spec = <P as OptionalParam>::SPEC;

    fn is_absent(call: &Call) -> bool {
        P::is_absent(call)
    }
}

/// One broken rule, in the words of RFC 9457, section 3.
#[derive(Serialize)]
struct Broken<'a> {
    pointer: String,
    detail: &'a str,
}

fn refused(kind: Kind, report: &garde::Report, sent: &Value) -> Error {
    let told = report.iter().take(MOST_TOLD).map(|(path, error)| Broken {
        pointer: pointer(path, sent),
        detail: error.message(),
    });
    let told: Vec<Broken<'_>> = told.collect();
    let detail = match (report.iter().count(), &told[..]) {
        (1, [Broken { pointer, detail }]) => format!("`{pointer}`: {detail}"),
        (count, told) if count > told.len() => {
            format!("{count} values are not valid; the first {} are told", told.len())
        }
        (count, _) => format!("{count} values are not valid"),
    };
    Error::of(kind).detail(detail).member("errors", &told)
}

/// What the parameters have in common: the value is their only field.
macro_rules! with_rules {
    ($($param:ident: $bound:path, $kind:ident, $sent:expr;)*) => {
        $(
            impl<T: Rules + $bound> WithRules for $param<T> {
                type Value = T;

                const KIND: Kind = Kind::$kind;

                fn value(&self) -> &T {
                    &self.0
                }

                fn sent(call: &Call) -> Value {
                    let sent: fn(&Call) -> Value = $sent;
                    sent(call)
                }
            }
        )*
    };
}

with_rules! {
    Body: DeserializeOwned, InvalidBody, |call| serde_json::from_slice(call.request().body()).unwrap_or_default();
    Form: DeserializeOwned, InvalidBody, |call| pairs(call.request().body());
    Query: DeserializeOwned, BadQuery, |call| pairs(call.request().query().as_bytes());
    Path: DeserializeOwned, BadPath, |call| names(call.template.names());
    Header: FromHeaders, BadHeader, |_| names(T::NAMES.iter().copied());
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    names
        .map(|name| (name.to_owned(), Value::Null))
        .collect::<Map<_, _>>()
        .into()
}

/// `a=1&b=2&b=3`, where what is given more than once is a list.
fn pairs(text: &[u8]) -> Value {
    let pairs: Vec<(String, String)> = form::parse(text, Kind::BadQuery).unwrap_or_default();
    let mut sent = Map::new();
    for (name, value) in pairs {
        match sent.get_mut(&name) {
            Some(Value::Array(list)) => list.push(value.into()),
            Some(first) => *first = vec![first.take(), value.into()].into(),
            None => drop(sent.insert(name, value.into())),
        }
    }
    sent.into()
}

#[cfg(test)]
mod tests;
