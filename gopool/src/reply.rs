//! Replies: how a handler's return value becomes a response.
