//! Failures: a status, a public text, and a private cause that stays in the log.
