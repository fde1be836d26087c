//! What the compiler says of handlers: see README.md.
