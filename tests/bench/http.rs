//! A small HTTP/1.1 client that costs little beside the server it measures: one connection, one request at a time, kept alive.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// As it came, still compressed and in chunks.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Where an answer's head and the whole of it end, once it is all there.
struct Ends {
    status: u16,
    head: usize,
    whole: usize,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(authority: &str) -> Self {
        let stream = TcpStream::connect(authority).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and answers its status and the bytes that came.
    pub async fn exchange(&mut self, request: &[u8]) -> (u16, usize) {
        let ends = self.send(request).await;
        (ends.status, ends.whole)
    }

    /// Sends a request and answers all that came.
    pub async fn ask(&mut self, request: &[u8]) -> Answer {
        let ends = self.send(request).await;
        let head = String::from_utf8_lossy(&self.buffer[..ends.head]).into_owned();
        Answer { status: ends.status, head, body: self.buffer[ends.head..ends.whole].to_vec() }
    }

    async fn send(&mut self, request: &[u8]) -> Ends {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server closed the connection: {}", String::from_utf8_lossy(&self.buffer));
            if let Some(ends) = ends(&self.buffer) {
                return ends;
            }
        }
    }
}

fn ends(buffer: &[u8]) -> Option<Ends> {
    let head = find(buffer, b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    let status = text.get(9..12).and_then(|code| code.parse().ok()).unwrap();
    let field = |name: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once(':'));
        fields.find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(value.trim()))
    };
    let whole = match field("content-length") {
        Some(length) => head + length.parse::<usize>().unwrap(),
        None if field("transfer-encoding") == Some("chunked") => head + chunks(&buffer[head..])?,
        None => head,
    };
    (buffer.len() >= whole).then_some(Ends { status, head, whole })
}

/// How long a chunked body is, once it is all there.
fn chunks(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = find(&body[at..], b"\r\n")?;
        let size = std::str::from_utf8(&body[at..at + line]).unwrap();
        let size = usize::from_str_radix(size.split(';').next().unwrap().trim(), 16).unwrap();
        at += line + 2 + size + 2;
        if body.len() < at {
            return None;
        }
        if size == 0 {
            return Some(at);
        }
    }
}

fn find(within: &[u8], wanted: &[u8]) -> Option<usize> {
    within.windows(wanted.len()).position(|w| w == wanted)
}
