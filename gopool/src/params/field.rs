//! How a mistake in a field is told.

use std::fmt;

/// Says which field is wrong and why: `` `tags[2]`: invalid type ... ``. Without a field, only why.
pub(super) fn describe(field: &impl fmt::Display, reason: &impl fmt::Display) -> String {
    match field.to_string().as_str() {
        "." | "" => reason.to_string(),
        field => format!("`{field}`: {reason}"),
    }
}
