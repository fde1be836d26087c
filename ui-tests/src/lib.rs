//! Tests of gopool.
