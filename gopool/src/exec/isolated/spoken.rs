//! The child's half of an answer that flows: its parts leave the process while they are made.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::wire;
use crate::{
    compress::{Encoder, ReplyCoding},
    error::Error,
    exec::{block_on_here, flow},
    message::{Content, Parts, Response, Sink, Source, Writer, Written},
    route::Outcome,
};
use gopool_isolated::Parts as Line;

/// Writes the body of a response here, and says each part to the master. The outcome of an answer that has begun says no more than how it ended.
pub(super) fn speak(response: Response, coding: ReplyCoding, line: Line) -> Outcome {
    let (written, coding) = match flow::source(&response)? {
        Source::Written(written) => (written, coding),
        // Files are never compressed.
        Source::Content(content) => (copied(content), ReplyCoding::Off),
        Source::Parts { parts, is_prompt } => (pulled(parts, is_prompt), coding),
    };
    let head = Arc::new(Mutex::new(Some(response)));
    let mut out = Writer::new(Speaker {
        head: head.clone(),
        coding,
        encoder: None,
        line,
    });
    written(&mut out).map_err(Error::uncarried)?;
    let unsent = head.lock().unwrap_or_else(PoisonError::into_inner).take();
    match unsent {
        Some(head) => head.whole(out.into_rest()).map_err(Error::internal),
        None => {
            out.end()?;
            Ok(Response::ok())
        }
    }
}

/// Reads what is a file, for whoever it is sent to cannot.
fn copied(content: Content) -> Written {
    Box::new(move |out| {
        io::copy(&mut content.reader(), out)?;
        Ok(())
    })
}

/// Asks for one part after another. There is no event loop here to do it.
fn pulled(mut parts: Parts, is_prompt: bool) -> Written {
    Box::new(move |out| {
        if is_prompt {
            out.send(Bytes::new())?;
        }
        while let Some(part) = block_on_here(parts.next())? {
            out.send(part?)?;
        }
        Ok(())
    })
}

/// What the writer hands its parts to.
struct Speaker {
    /// Until the answer begins.
    head: Arc<Mutex<Option<Response>>>,
    coding: ReplyCoding,
    /// Of an answer that has begun, if it is coded.
    encoder: Option<Encoder>,
    line: Line,
}

impl Sink for Speaker {
    fn send(&mut self, part: Bytes) -> io::Result<()> {
        if gopool_pool::cancelled() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "told to stop"));
        }
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(head) = head else {
            let part = match &mut self.encoder {
                Some(encoder) => encoder.part(&part)?,
                None => part,
            };
            return self.line.send(&part);
        };
        let (head, mut encoder) = self.coding.begin(head);
        let part = match &mut encoder {
            Some(encoder) => encoder.part(&part)?,
            None => part,
        };
        self.encoder = encoder;
        self.line.begin(&wire::write_begun(head)?, &part)
    }

    fn end(&mut self) -> io::Result<()> {
        match self.encoder.take() {
            Some(encoder) => self.line.send(&encoder.end()?),
            None => Ok(()),
        }
    }
}
