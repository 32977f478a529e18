//! The line to the browser: two pipes to one that we started, a WebSocket to one that runs.
//!
//! The pipes carry messages ended by a zero byte. The socket is chromiumoxide's [`Connection`] with
//! an event type of our own, which keeps the session that an event belongs to; what it hears is
//! written down as the pipes would have brought it, so that there is one way to read.

use std::pin::Pin;

use chromiumoxide::Connection;
use chromiumoxide::types::{EventMessage, Message, MethodId};
use futures_core::Stream as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::launch::Pipes;

/// Longest message taken from the browser; a picture of a huge page is about 50 MB.
const MESSAGE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Room kept for what comes; what a large page took beyond it is given back.
const ROOM_BYTES: usize = 64 * 1024;

/// The line to the browser.
pub(super) struct Line {
    way: Way,
    /// What came and was not taken yet, ended messages first.
    incoming: Vec<u8>,
    /// Bytes of `incoming` that are known to hold no end.
    searched: usize,
    outgoing: Vec<u8>,
}

enum Way {
    Pipes(Pipes),
    Socket(Box<Connection<Heard>>),
}

/// A command as it goes over the line.
#[derive(Debug, Serialize)]
pub(super) struct Outgoing<'a> {
    pub(super) id: u64,
    pub(super) method: &'a str,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<&'a str>,
    pub(super) params: &'a RawValue,
}

/// An event as the socket brings it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Heard {
    method: String,
    #[serde(default)]
    params: Value,
    #[serde(rename = "sessionId", default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

impl chromiumoxide::Method for Heard {
    fn identifier(&self) -> MethodId {
        self.method.clone().into()
    }
}

impl EventMessage for Heard {
    fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

impl Line {
    /// Speaks over `pipes`.
    pub(super) fn pipes(pipes: Pipes) -> Self {
        Self::over(Way::Pipes(pipes))
    }

    /// Speaks over `connection`.
    pub(super) fn socket(connection: Connection<Heard>) -> Self {
        Self::over(Way::Socket(Box::new(connection)))
    }

    fn over(way: Way) -> Self {
        Self {
            way,
            incoming: Vec::with_capacity(ROOM_BYTES),
            searched: 0,
            outgoing: Vec::new(),
        }
    }

    /// Puts a command on its way; its id must be one more than that of the command before.
    pub(super) fn post(&mut self, message: &Outgoing<'_>) {
        match &mut self.way {
            Way::Pipes(_) => {
                if serde_json::to_writer(&mut self.outgoing, message).is_ok() {
                    self.outgoing.push(0);
                }
            }
            Way::Socket(connection) => {
                let params = serde_json::from_str(message.params.get()).unwrap_or_default();
                let session = message.session.map(|session| session.to_owned().into());
                let sent =
                    connection.submit_command(message.method.to_owned().into(), session, params);
                if let Err(error) = sent {
                    tracing::warn!(%error, "a command can't be sent");
                }
            }
        }
    }

    /// Sends what is to be sent until something came; false when the line has ended.
    ///
    /// # Cancellation
    /// Nothing is lost: what was read is kept, what was not written stays.
    pub(super) async fn turn(&mut self) -> bool {
        let came = match &mut self.way {
            Way::Pipes(pipes) => tokio::select! {
                read = pipes.from_browser.read_buf(&mut self.incoming) => {
                    matches!(read, Ok(count) if count > 0)
                }
                written = pipes.to_browser.write(&self.outgoing), if !self.outgoing.is_empty() => {
                    match written {
                        Ok(count) if count > 0 => {
                            self.outgoing.drain(..count);
                            true
                        }
                        _ => false,
                    }
                }
                _ = &mut pipes.ended => false,
            },
            Way::Socket(connection) => {
                let next = std::future::poll_fn(|cx| Pin::new(&mut **connection).poll_next(cx));
                match next.await {
                    Some(Ok(message)) => {
                        write_down(message, &mut self.incoming);
                        true
                    }
                    // One message that is none of the protocol's is left out.
                    Some(Err(chromiumoxide::error::CdpError::InvalidMessage(..))) => true,
                    Some(Err(error)) => {
                        tracing::debug!(%error, "the connection to the browser broke");
                        false
                    }
                    None => false,
                }
            }
        };
        if self.incoming.len() > MESSAGE_BYTES_MAX {
            tracing::warn!("the browser sent a message over the limit");
            return false;
        }
        came
    }

    /// Takes what came; whoever takes it gives it back with [`Line::keep`].
    pub(super) fn take(&mut self) -> Came {
        Came {
            buffer: std::mem::take(&mut self.incoming),
            searched: self.searched,
            start: 0,
        }
    }

    /// Keeps what was no whole message yet.
    pub(super) fn keep(&mut self, came: Came) {
        let Came {
            mut buffer, start, ..
        } = came;
        buffer.drain(..start);
        // The room that a picture took is not kept for ever.
        if buffer.len() < ROOM_BYTES && buffer.capacity() > 4 * ROOM_BYTES {
            buffer.shrink_to(ROOM_BYTES);
        }
        self.searched = buffer.len();
        self.incoming = buffer;
    }
}

/// What came over the line: whole messages, then perhaps the beginning of one.
pub(super) struct Came {
    buffer: Vec<u8>,
    searched: usize,
    start: usize,
}

impl Came {
    /// Returns the next whole message.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        let from = self.start.max(self.searched);
        let rest = self.buffer.get(from..)?;
        let end = from + memchr::memchr(0, rest)?;
        let message = self.buffer.get(self.start..end);
        self.start = end + 1;
        message
    }
}

/// Writes a message down as the pipes would have brought it.
fn write_down(message: Message<Heard>, incoming: &mut Vec<u8>) {
    let written = match message {
        Message::Event(event) => serde_json::to_writer(&mut *incoming, &event),
        Message::Response(reply) => {
            // The connection counts from 0, we from 1.
            let id = serde_json::to_value(reply.id).ok();
            let id = id.as_ref().and_then(Value::as_u64).map(|id| id + 1);
            let reply = Reply {
                id,
                result: reply.result,
                error: reply.error,
            };
            serde_json::to_writer(&mut *incoming, &reply)
        }
    };
    if written.is_ok() {
        incoming.push(0);
    }
}

#[derive(Serialize)]
struct Reply {
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<chromiumoxide::types::Error>,
}
