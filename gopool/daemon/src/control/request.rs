//! What a client may ask, as words.

/// The longest request, with its newline.
pub(super) const LONGEST: usize = 16;

/// What a client may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Status,
    Reload,
    Stop,
    Upgrade,
}

impl Request {
    const ALL: [Request; 4] = [Request::Status, Request::Reload, Request::Stop, Request::Upgrade];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Request::Status => "status",
            Request::Reload => "reload",
            Request::Stop => "stop",
            Request::Upgrade => "upgrade",
        }
    }

    /// The request that a client's word means.
    pub(super) fn of_word(word: &[u8]) -> Option<Request> {
        Request::ALL
            .into_iter()
            .find(|request| request.word().as_bytes() == word)
    }
}
