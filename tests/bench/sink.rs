//! A mail server that takes everything and keeps nothing, and the most that it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A sink that listens.
pub struct Sink {
    /// `host:port`.
    pub authority: String,
    taken: Arc<AtomicUsize>,
    bytes: Arc<AtomicUsize>,
}

impl Sink {
    /// Listens on a free port for as long as the program runs.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let (taken, bytes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = (Arc::clone(&taken), Arc::clone(&bytes));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (taken, bytes) = (Arc::clone(&counts.0), Arc::clone(&counts.1));
                // A client that goes away ends its own conversation only.
                tokio::spawn(async move { converse(stream, &taken, &bytes).await });
            }
        });
        Self { authority, taken, bytes }
    }

    /// Messages that it took until now.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// The bytes of a message, on average.
    pub fn bytes_each(&self) -> usize {
        self.bytes.load(Ordering::Relaxed) / self.taken().max(1)
    }

    /// Messages of this size that it takes in a second from so many connections, each of which waits for every answer.
    pub async fn limit(&self, connections: usize, messages: usize, size: usize) -> f64 {
        let body: Arc<Vec<u8>> = Arc::new([vec![b'x'; 76].as_slice(), b"\r\n"].concat().repeat(size / 78 + 1));
        let begun = Instant::now();
        let clients: Vec<_> = (0..connections)
            .map(|_| {
                let (authority, body) = (self.authority.clone(), Arc::clone(&body));
                tokio::spawn(async move {
                    let client = TcpStream::connect(&authority).await.unwrap();
                    client.set_nodelay(true).unwrap();
                    let mut client = BufReader::new(client);
                    expect(&mut client, "220").await;
                    say(&mut client, b"EHLO bench\r\n", "250").await;
                    for _ in 0..messages / connections {
                        say(&mut client, b"MAIL FROM:<a@example.com>\r\n", "250").await;
                        say(&mut client, b"RCPT TO:<b@example.com>\r\n", "250").await;
                        say(&mut client, b"DATA\r\n", "354").await;
                        client.get_mut().write_all(&body).await.unwrap();
                        say(&mut client, b".\r\n", "250").await;
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        (messages / connections * connections) as f64 / begun.elapsed().as_secs_f64()
    }
}

async fn say(client: &mut BufReader<TcpStream>, line: &[u8], expected: &str) {
    client.get_mut().write_all(line).await.unwrap();
    expect(client, expected).await;
}

async fn expect(client: &mut BufReader<TcpStream>, expected: &str) {
    let mut line = String::new();
    client.read_line(&mut line).await.unwrap();
    assert!(line.starts_with(expected), "{line}");
}

async fn converse(stream: TcpStream, taken: &AtomicUsize, bytes: &AtomicUsize) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::with_capacity(64 * 1024, stream);
    stream.get_mut().write_all(b"220 sink\r\n").await.ok()?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match command.as_slice() {
            b"EHLO" => b"250 sink\r\n",
            b"DATA" => {
                stream.get_mut().write_all(b"354 go on\r\n").await.ok()?;
                let size = take_body(&mut stream).await?;
                taken.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(size, Ordering::Relaxed);
                b"250 taken\r\n"
            }
            b"QUIT" => {
                stream.get_mut().write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => b"250 ok\r\n",
        };
        stream.get_mut().write_all(answer).await.ok()?;
    }
}

/// Reads up to the line with a dot alone.
async fn take_body(stream: &mut BufReader<TcpStream>) -> Option<usize> {
    let (mut size, mut end) = (0, Vec::new());
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        size += read;
        end.extend_from_slice(buffer.get(..read)?);
        end.drain(..end.len().saturating_sub(5));
        if end == b"\r\n.\r\n" {
            return Some(size);
        }
    }
}
