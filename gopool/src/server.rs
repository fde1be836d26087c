//! actix-web: accept, read, hand over, answer.
