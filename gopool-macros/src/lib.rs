//! The attributes of gopool. Use them through the `gopool` crate, which documents them.
