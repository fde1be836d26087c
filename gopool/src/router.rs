//! From a method and a path to a route.
