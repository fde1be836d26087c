//! Routes: what the attributes register, collected, sorted and checked at launch.
