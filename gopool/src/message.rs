//! The owned request and response: all that a handler sees and gives back.
