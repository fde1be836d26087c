//! A form with files, as browsers write it.

use bytes::BytesMut;

/// The parts so far.
#[derive(Debug)]
pub(super) struct Parts {
    boundary: String,
    body: BytesMut,
}

impl Parts {
    pub(super) fn new() -> Self {
        Self {
            boundary: format!("----gopool-{:032x}", fastrand::u128(..)),
            body: BytesMut::new(),
        }
    }

    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Adds one; a file has a name and a type.
    pub(super) fn add(&mut self, name: &str, file: Option<(&str, &str)>, bytes: &[u8]) {
        let mut head = format!(
            "--{}\r\ncontent-disposition: form-data; name=\"{}\"",
            self.boundary,
            escaped(name)
        );
        if let Some((file_name, content_type)) = file {
            head += &format!(
                "; filename=\"{}\"\r\ncontent-type: {content_type}",
                escaped(file_name)
            );
        }
        for piece in [head.as_bytes(), b"\r\n\r\n", bytes, b"\r\n"] {
            self.body.extend_from_slice(piece);
        }
    }

    pub(super) fn finish(mut self) -> BytesMut {
        self.body
            .extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        self.body
    }
}

fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
