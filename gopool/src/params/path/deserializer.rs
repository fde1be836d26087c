//! Reads the values of a path with serde. Text stands for everything: numbers and booleans are parsed from it.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{CowStrDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

type Pair<'a> = (&'static str, Cow<'a, str>);

/// Why a path could not be read.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// A value is wrong: the client's mistake. Which one is still to be said.
    Value(String),
    /// The same, with the value and its name.
    Named(String),
    /// The type expects other names, or another number of them: the author's mistake.
    Shape(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(reason) | Self::Named(reason) | Self::Shape(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::Value(reason.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Shape(format!("there is no `{{{field}}}`"))
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::Shape(format!("nothing reads `{{{field}}}`"))
    }
}

/// All names of the path with their values.
#[derive(Clone, Copy)]
pub(super) struct Names<'a>(&'a [Pair<'a>]);

impl<'a> Names<'a> {
    pub(super) fn of(pairs: &'a [Pair<'a>]) -> Self {
        Self(pairs)
    }

    /// Reads all of it as one `T`, which may find something wrong only after it has the text of its value.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Refusal> {
        let read = T::deserialize(self);
        match self.0 {
            [pair] => Value(pair).named(read),
            _ => read,
        }
    }

    /// The one name, for a type that is neither tuple nor struct.
    fn only(self) -> Result<Value<'a>, Refusal> {
        match self.0 {
            [pair] => Ok(Value(pair)),
            pairs => Err(Refusal::Shape(format!("{} names, expected one", pairs.len()))),
        }
    }
}

/// Hands scalars to the one value.
macro_rules! as_the_only_value {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            let value = self.only()?;
            value.named(value.$method(visitor))
        })*
    };
}

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Refusal;

    as_the_only_value! {
        deserialize_any deserialize_bool deserialize_char deserialize_str deserialize_string
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_seq(InOrder(self.0.iter()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refusal> {
        if length == self.0.len() {
            self.deserialize_seq(visitor)
        } else {
            let expected: &dyn de::Expected = &visitor;
            Err(Refusal::Shape(format!(
                "{} names, expected {expected}",
                self.0.len()
            )))
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_map(ByName {
            rest: self.0.iter(),
            value: None,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let value = self.only()?;
        value.named(value.deserialize_enum(name, variants, visitor))
    }
}

/// A tuple's view.
struct InOrder<'a>(std::slice::Iter<'a, Pair<'a>>);

impl<'de> SeqAccess<'de> for InOrder<'_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let next = self.0.next().map(Value);
        next.map(|value| value.named(seed.deserialize(value))).transpose()
    }
}

/// A struct's view.
struct ByName<'a> {
    rest: std::slice::Iter<'a, Pair<'a>>,
    value: Option<Value<'a>>,
}

impl<'de> MapAccess<'de> for ByName<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        self.value = self.rest.next().map(Value);
        let name = self.value.map(|Value((name, _))| *name);
        name.map(|name| seed.deserialize(StrDeserializer::new(name)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let value = self
            .value
            .take()
            .ok_or_else(|| Refusal::custom("a value without a name"))?;
        value.named(seed.deserialize(value))
    }
}

/// One value, with its name for messages.
#[derive(Clone, Copy)]
struct Value<'a>(&'a Pair<'a>);

impl<'a> Value<'a> {
    fn text(self) -> &'a str {
        &self.0.1
    }

    fn as_text<'de>(self) -> CowStrDeserializer<'a, Refusal>
    where
        'a: 'de,
    {
        Cow::Borrowed(self.text()).into_deserializer()
    }

    /// Puts the name and the value before the reason, once.
    fn named<T>(self, result: Result<T, Refusal>) -> Result<T, Refusal> {
        let (name, value) = self.0;
        result.map_err(|refusal| match refusal {
            Refusal::Value(reason) => Refusal::Named(format!("`{name}` is `{value}`: {reason}")),
            other => other,
        })
    }
}

/// Parses the text as what the type asks for.
macro_rules! parsed {
    ($($method:ident => $visit:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            visitor.$visit(self.text().parse().map_err(Refusal::custom)?)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Refusal;

    parsed! {
        deserialize_bool => visit_bool,
        deserialize_char => visit_char,
        deserialize_i8 => visit_i8,
        deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64,
        deserialize_i128 => visit_i128,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
        deserialize_u128 => visit_u128,
        deserialize_f32 => visit_f32,
        deserialize_f64 => visit_f64,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_str(self.text())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.as_text().deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
    }
}
