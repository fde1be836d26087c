//! What the server says of answers that flow.

use gopool_tests::Server;

/// How the functions of `examples/lab` that write until they are stopped have ended, as JSON.
pub(crate) fn endings_of(server: &Server) -> String {
    server.get("/lab/stream/endings").text().to_string()
}
