//! HTTP/2 by hand (RFC 9113): what no library would send.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection on which anything may be said.
pub(super) struct Wire(TcpStream);

/// One frame: its type, flags and payload.
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) payload: Vec<u8>,
}

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// `SETTINGS_INITIAL_WINDOW_SIZE`.
const WINDOW: u16 = 4;

/// Longer than anything the server waits for in these tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Headers as literals that nobody has to remember (RFC 7541, section 6.2.2).
pub(super) fn block(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        for text in [name, value] {
            assert!(text.len() < 127, "one byte tells its length");
            block.push(text.len() as u8);
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// The headers of a GET.
pub(super) fn get(path: &str) -> Vec<u8> {
    block(&[(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", path)])
}

/// The headers of a gRPC call.
pub(super) fn rpc(path: &str) -> Vec<u8> {
    let head = [(":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", path)];
    block(&[&head[..], &[("content-type", "application/grpc"), ("te", "trailers")]].concat())
}

// === impl Wire ===

impl Wire {
    /// Connects to `http://host:port`, and says how many bytes of an answer it would read.
    pub(super) async fn open(url: &str, window: u32) -> Self {
        let mut wire = Self(connect(url).await);
        wire.0.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut settings = WINDOW.to_be_bytes().to_vec();
        settings.extend_from_slice(&window.to_be_bytes());
        wire.send(SETTINGS, 0, 0, &settings).await.unwrap();
        wire
    }

    pub(super) async fn send(
        &mut self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> io::Result<()> {
        let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        frame.extend_from_slice(&[kind, flags]);
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        self.0.write_all(&frame).await
    }

    /// The next frame about something; `None`: the server has hung up. Answers settings and pings.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        loop {
            let frame = timeout(PATIENCE, self.read()).await.expect("the server says nothing");
            let frame = frame.ok()?;
            match (frame.kind, frame.flags & ACK) {
                (SETTINGS | PING, 0) => {
                    _ = self
                        .send(
                            frame.kind,
                            ACK,
                            0,
                            if frame.kind == PING { &frame.payload } else { &[] },
                        )
                        .await;
                }
                (SETTINGS | PING, _) => (),
                _ => return Some(frame),
            }
        }
    }

    async fn read(&mut self) -> io::Result<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.0.read_exact(&mut payload).await?;
        Ok(Frame { kind, flags, payload })
    }
}

/// A connection on which nothing has been said yet.
pub(super) async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// All that is said until the server hangs up.
pub(super) async fn to_the_end(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    // Reset or closed in order: both are closed.
    _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("it stays open");
    String::from_utf8_lossy(&said).into_owned()
}
