//! The names of a struct's fields, from its `Deserialize` alone.

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// The names under which `T` reads its fields; none when it is no struct, or flattens others into itself.
pub(crate) fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It is refused in any case: what is of interest is what it asks for.
    let _ = T::deserialize(Asked(&mut names));
    names
}

/// Notes which fields are asked for.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing is here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "only asked for")]
    struct Search {
        word: String,
        #[serde(rename = "page-size")]
        size: Option<u8>,
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "only asked for")]
    struct Wrapped(Search);

    #[test]
    fn a_struct_tells_its_names_as_it_reads_them_and_others_tell_none() {
        assert_eq!(field_names::<Search>(), ["word", "page-size"]);
        assert_eq!(field_names::<Wrapped>(), ["word", "page-size"]);
        assert!(field_names::<u64>().is_empty());
        assert!(field_names::<BTreeMap<String, String>>().is_empty());
    }
}
