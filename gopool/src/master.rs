//! What an application prepares before it serves: shared values and plain actix-web configuration.
