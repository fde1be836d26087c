//! The fields of a struct that is read from a request, each from what has its name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Field, Fields, Type};

use crate::{
    check::types::{bare, first_type, last_segment},
    errors::Errors,
};

/// How often what a field reads may be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
    Repeated,
}

impl Presence {
    /// The function that reads such a field.
    pub(crate) fn reader(self) -> TokenStream {
        match self {
            Self::Required => quote!(required),
            Self::Optional => quote!(optional),
            Self::Repeated => quote!(repeated),
        }
    }

    /// What an OpenAPI document says of it.
    pub(crate) fn described(self) -> TokenStream {
        match self {
            Self::Required => quote!(Required),
            Self::Optional => quote!(Optional),
            Self::Repeated => quote!(Repeated),
        }
    }
}

/// The fields of a struct for `derive(what)`; of anything else there are none, and `right` is said to be right.
pub(crate) fn named_fields<'a>(
    what: &str,
    input: &'a DeriveInput,
    right: &str,
    errors: &mut Errors,
) -> Vec<&'a Field> {
    let other = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return fields.named.iter().collect(),
            Fields::Unnamed(_) => "a tuple struct: its fields have no names",
            Fields::Unit => "a struct without fields",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let message = format!("`derive({what})` is not for {other}");
    errors.push(&input.ident, &message, right);
    Vec::new()
}

/// What one of those that a field reads becomes; `what` is what it reads.
pub(crate) fn presence(what: &str, ty: &Type, errors: &mut Errors) -> Option<(Presence, Type)> {
    let ty = bare(ty);
    if !matches!(ty, Type::Path(_)) {
        let help = "use `String`, a number, or another `T: FromStr`; `Option<T>` when it may be missing, `Vec<T>` when repeated";
        errors.push(ty, &format!("{what} cannot be read as this type"), help);
        return None;
    }
    let segment = last_segment(ty);
    let wrapper = segment.map(|segment| segment.ident.to_string());
    Some(match (wrapper.as_deref(), segment.and_then(first_type)) {
        (Some("Option"), Some(inner)) => (Presence::Optional, inner.clone()),
        (Some("Vec"), Some(inner)) => (Presence::Repeated, inner.clone()),
        _ => (Presence::Required, ty.clone()),
    })
}
