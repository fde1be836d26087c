//! Where a route runs: on the pool, or here.
