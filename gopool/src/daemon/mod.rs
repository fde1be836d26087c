//! The daemon: owns the listening sockets and keeps a master alive.
