//! Options: what was given (raw) becomes what is meant (checked), with every mistake named at once.
