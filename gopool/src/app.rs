//! The application: the one place that wires everything.
