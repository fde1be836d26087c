//! In which version a document is written.

/// The version of OpenAPI that a document is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SpecVersion {
    #[default]
    V3_1,
    V3_2,
}
