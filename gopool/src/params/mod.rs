//! Parameters: how a handler's arguments are read from a request.
