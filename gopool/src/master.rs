//! What an application prepares before it serves: shared values and plain actix-web configuration.

/// What an application prepares before it serves.
#[derive(Debug)]
pub struct Master {}
