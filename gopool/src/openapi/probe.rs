//! How much a type tells of itself: for each the best of what there is, chosen where the type is known.
//!
//! The expansion of a route writes, for each argument and for what it returns,
//!
//! ```text
//! parameter::<Query<Page>>()[()](it);
//! outcome::<Result<Item, ShopError>>()[()](it)[()](it);
//! ```
//!
//! and the lookup of an index chooses, as it does for the reply itself: see `reply/by_type.rs`. So nothing is asked of a type of the user's,
//! and one that derives `JsonSchema` says more.

use std::{
    marker::PhantomData,
    ops::{Deref, Index},
};

use schemars::JsonSchema;
use serde_json::{Value, json as value};

use crate::{
    describe::{Answer, Content, Describe, DescribeReply, DescribeUntold, Failed, Operation, Place},
    error::{Kind, Problem},
    params::{Field, Param, Part, Spec},
    reply::{Events, Reply, Status, described::events},
};

/// A parameter.
#[derive(Debug)]
pub struct Parameter<P, const LEVEL: usize>(PhantomData<fn() -> P>);

/// What a handler returns: whether it may fail.
#[derive(Debug)]
pub struct Outcome<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// What a handler replies.
#[derive(Debug)]
pub struct Replied<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// The text of a header.
#[derive(Debug)]
pub struct Text<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// A part of a form.
#[derive(Debug)]
pub struct OfPart<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// A part of a form that holds JSON.
#[derive(Debug)]
pub struct OfJsonPart<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// In place of a type that has no name.
#[derive(Debug)]
pub struct Untold;

/// What says what a parameter is, with `[()]` behind it.
pub const fn parameter<P>() -> Parameter<P, 0> {
    Parameter(PhantomData)
}

/// What says how a handler may fail, with `[()]` behind it; what that gives says, with another, what it replies.
pub const fn outcome<T>() -> Outcome<T, 0> {
    Outcome(PhantomData)
}

/// What says which text a header holds, with `[()]` behind it.
pub const fn header<T>() -> Text<T, 0> {
    Text(PhantomData)
}

/// What says what a part of a form holds, with `[()]` behind it.
pub const fn part<T>() -> OfPart<T, 0> {
    OfPart(PhantomData)
}

/// The same for JSON.
pub const fn json_part<T>() -> OfJsonPart<T, 0> {
    OfJsonPart(PhantomData)
}

/// What fits not at one level may fit at the next.
macro_rules! levels {
    ($($name:ident $level:literal $next:literal)*) => {
        $(
            impl<T> Deref for $name<T, $level> {
                type Target = $name<T, $next>;

                fn deref(&self) -> &Self::Target {
                    &$name(PhantomData)
                }
            }
        )*
    };
}

levels! {
    Parameter 0 1
    Parameter 1 2
    Parameter 2 3
    Outcome 0 1
    Outcome 1 2
    Outcome 2 3
    Outcome 3 4
    Replied 0 1
    Replied 1 2
    Replied 2 3
    Replied 3 4
    Replied 4 5
    Text 0 1
    OfPart 0 1
    OfPart 1 2
    OfJsonPart 0 1
}

type Says = fn(&mut Operation<'_>);
type SaysFailures<T> = fn(&mut Operation<'_>) -> Replied<T, 0>;
type SaysHeader = fn(&mut Operation<'_>, &str, Presence, &str);
type SaysPart = fn(&mut Operation<'_>, &Field, Presence, &str);

/// How a header, or a part of a form, may stand in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be missing.
    Optional,
    /// It may be missing, or hold a list.
    Repeated,
}

/// One choice: the type, the level, and the function that is to be called.
macro_rules! chosen {
    ($($name:ident<$ty:ty, $level:literal> where ($($bounds:tt)*) = $function:expr => $type:ty;)*) => {
        $(
            impl<$($bounds)*> Index<()> for $name<$ty, $level> {
                type Output = $type;

                fn index(&self, (): ()) -> &Self::Output {
                    const { &($function as $type) }
                }
            }
        )*
    };
}

chosen! {
    Parameter<P, 0> where (P: Describe) = P::describe => Says;
    Parameter<P, 1> where (P: DescribeUntold) = P::describe_untold => Says;
    Parameter<P, 2> where (P: Param) = |it| needs(it, P::SPEC) => Says;
    Parameter<P, 3> where (P) = |_| {} => Says;
    // As `reply/by_type.rs` peels it.
    Outcome<Option<T>, 0> where (T) = option => SaysFailures<T>;
    Outcome<Result<Option<T>, E>, 0> where (T, E: Problem) = |it| { problem::<E>(it); option(it) } => SaysFailures<T>;
    Outcome<Result<T, E>, 1> where (T, E: Problem) = |it| { problem::<E>(it); reply() } => SaysFailures<T>;
    Outcome<Result<Option<T>, E>, 2> where (T, E) = option => SaysFailures<T>;
    Outcome<Result<T, E>, 3> where (T, E) = |_| reply() => SaysFailures<T>;
    Outcome<T, 4> where (T) = |_| reply() => SaysFailures<T>;
    Replied<T, 0> where (T: DescribeReply) = |it| {
        let answer = T::describe(it.schemas());
        it.answer(answer);
    } => Says;
    Replied<Events<T>, 1> where (T) = |it| it.answer(Answer::with(events(None))) => Says;
    Replied<Status<CODE, T>, 1> where (T: JsonSchema, const CODE: u16) = json::<CODE, T> => Says;
    Replied<(Status<CODE>, H, T), 1> where (H, T: JsonSchema, const CODE: u16) = json::<CODE, T> => Says;
    // One of the user's, who may answer anything.
    Replied<T, 2> where (T: Reply) = |it| it.answer(Answer::anything()) => Says;
    Replied<Status<CODE, T>, 3> where (T, const CODE: u16) = untold::<CODE, T> => Says;
    Replied<(Status<CODE>, H, T), 3> where (H, T, const CODE: u16) = untold::<CODE, T> => Says;
    Replied<T, 4> where (T: JsonSchema) = json::<200, T> => Says;
    Replied<T, 5> where (T) = untold::<200, T> => Says;
    Text<T, 0> where (T: JsonSchema) = header_of::<T> => SaysHeader;
    Text<T, 1> where (T) = any_header => SaysHeader;
    OfPart<Part, 0> where () = file => SaysPart;
    OfPart<T, 1> where (T: JsonSchema) = text_part::<T> => SaysPart;
    OfPart<T, 2> where (T) = |it, field, presence, text| part_with(it, field, presence, text, string()) => SaysPart;
    OfJsonPart<T, 0> where (T: JsonSchema) = |it, field, presence, text| {
        let schema = it.schemas().input::<T>();
        json_part_with(it, field, presence, text, schema);
    } => SaysPart;
    OfJsonPart<T, 1> where (T) = |it, field, presence, text| {
        it.schemas().lacks::<T>("a part of the form");
        json_part_with(it, field, presence, text, value!({}));
    } => SaysPart;
}

const fn reply<T>() -> Replied<T, 0> {
    Replied(PhantomData)
}

fn option<T>(it: &mut Operation<'_>) -> Replied<T, 0> {
    it.fail(Failed::Theirs(404, String::new()));
    reply()
}

fn problem<E: Problem>(it: &mut Operation<'_>) {
    for (status, title) in E::RESPONSES {
        it.problem(*status, *title);
    }
}

fn json<const CODE: u16, T: JsonSchema>(it: &mut Operation<'_>) {
    let answer = Answer::json::<T>(it.schemas());
    it.answer(answer.status(CODE));
}

fn untold<const CODE: u16, T>(it: &mut Operation<'_>) {
    let answer = Answer::untold_json::<T>(it.schemas());
    it.answer(answer.status(CODE));
}

/// What a parameter says that only says what it needs.
fn needs(it: &mut Operation<'_>, spec: &'static Spec) {
    for part in spec.with_parts() {
        it.names(Place::Header, part.headers);
        if part.reads_body {
            it.optionally(|it| {
                it.body(Content::bytes("*/*"));
            });
        }
        if part.reads_path {
            it.fail(Failed::Ours(Kind::BadPath));
        }
    }
}

/// A header that holds a `T`.
fn header_of<T: JsonSchema>(it: &mut Operation<'_>, name: &str, presence: Presence, text: &str) {
    let schema = written::<T>(it);
    header_with(it, name, presence, text, schema);
}

/// A `T` as text. What is an object in JSON is some text of its own there.
fn written<T: JsonSchema>(it: &mut Operation<'_>) -> Value {
    let schema = it.schemas().input::<T>();
    let resolved = it.schemas().resolved(&schema);
    match resolved["type"].as_str() {
        Some("object" | "array") | None if resolved.get("enum").is_none() => string(),
        _ => schema,
    }
}

fn string() -> Value {
    value!({ "type": "string" })
}

fn file(it: &mut Operation<'_>, field: &Field, presence: Presence, text: &str) {
    let schema = value!({ "type": "string", "format": "binary" });
    part_with(it, field, presence, text, schema);
}

fn text_part<T: JsonSchema>(it: &mut Operation<'_>, field: &Field, presence: Presence, text: &str) {
    let schema = written::<T>(it);
    part_with(it, field, presence, text, schema);
}

fn part_with(it: &mut Operation<'_>, field: &Field, presence: Presence, text: &str, schema: Value) {
    let schema = said(schema, presence, text, field.max_count);
    let is_required = presence == Presence::Required;
    it.part(field.name, schema, is_required, &field.types.join(", "));
}

fn json_part_with(it: &mut Operation<'_>, field: &Field, presence: Presence, text: &str, schema: Value) {
    let schema = said(schema, presence, text, field.max_count);
    let is_required = presence == Presence::Required;
    it.part(field.name, schema, is_required, "application/json");
}

/// A header that holds text.
fn any_header(it: &mut Operation<'_>, name: &str, presence: Presence, text: &str) {
    header_with(it, name, presence, text, string());
}

fn header_with(it: &mut Operation<'_>, name: &str, presence: Presence, text: &str, schema: Value) {
    let schema = said(schema, presence, text, None);
    it.field(Place::Header, name, schema, presence == Presence::Required);
}

/// The schema of all that may be given, with what is said of it.
fn said(schema: Value, presence: Presence, text: &str, most: Option<usize>) -> Value {
    let mut schema = match presence {
        Presence::Repeated => value!({ "type": "array", "items": schema }),
        _ => schema,
    };
    let Some(members) = schema.as_object_mut() else {
        return schema;
    };
    if !text.is_empty() {
        members.insert("description".to_owned(), text.into());
    }
    if let Some(most) = most {
        members.insert("maxItems".to_owned(), most.into());
    }
    schema
}
