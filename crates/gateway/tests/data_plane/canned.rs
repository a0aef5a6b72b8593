//! An upstream that answers every request with the same bytes, written in the same pieces.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// One thing to do for each request.
#[derive(Clone)]
pub(crate) enum Play {
    Write(Vec<u8>),
    /// Waits until the test opens the gate once more.
    Gate,
    /// The same bytes again and again, until the peer takes no more.
    Forever(Vec<u8>),
    /// Keeps the connection open without a word.
    Hang,
    Close,
}

pub(crate) struct Canned {
    addr: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    plays: Vec<Play>,
    gate: Semaphore,
    heads: Mutex<Vec<String>>,
    written: AtomicU64,
}

impl Canned {
    pub(crate) async fn start(plays: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(State {
            plays,
            gate: Semaphore::new(0),
            heads: Mutex::default(),
            written: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        #[expect(clippy::disallowed_methods, reason = "the upstream of a test")]
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                connections.spawn(serve(tcp, Arc::clone(&shared)));
            }
        });
        Self { addr, state, task }
    }

    /// One answer with a head of these lines and a body written in these pieces, each a chunk of its own.
    pub(crate) async fn chunked(head: &[&str], pieces: &[&[u8]]) -> Self {
        let mut plays = vec![Play::Write(
            format!(
                "HTTP/1.1 200 OK\r\n{}\r\ntransfer-encoding: chunked\r\n\r\n",
                head.join("\r\n")
            )
            .into_bytes(),
        )];
        plays.extend(pieces.iter().map(|piece| Play::Write(chunk(piece))));
        plays.push(Play::Write(b"0\r\n\r\n".to_vec()));
        Self::start(plays).await
    }

    /// One answer with a known length.
    pub(crate) async fn whole(status: &str, head: &[&str], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
        for line in head {
            text.push_str(line);
            text.push_str("\r\n");
        }
        Self::start(vec![Play::Write(format!("{text}\r\n{body}").into_bytes())]).await
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Lets one more `Gate` pass.
    pub(crate) fn open_gate(&self) {
        self.state.gate.add_permits(1);
    }

    /// The heads of the requests that arrived.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.state.heads.lock().unwrap().clone()
    }

    /// Bytes that `Forever` could write.
    pub(crate) fn written(&self) -> u64 {
        self.state.written.load(Ordering::Relaxed)
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One chunk of the chunked transfer coding.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

async fn serve(mut tcp: TcpStream, state: Arc<State>) {
    tcp.set_nodelay(true).unwrap();
    let mut input = Vec::new();
    while let Some(head) = read_request(&mut tcp, &mut input).await {
        state.heads.lock().unwrap().push(head);
        for play in &state.plays {
            let goes_on = match play {
                Play::Write(bytes) => tcp.write_all(bytes).await.is_ok(),
                Play::Gate => {
                    state.gate.acquire().await.unwrap().forget();
                    true
                }
                Play::Forever(bytes) => {
                    while tcp.write_all(bytes).await.is_ok() {
                        state
                            .written
                            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    }
                    false
                }
                Play::Hang => {
                    while tcp.read_buf(&mut input).await.is_ok_and(|read| read > 0) {}
                    false
                }
                Play::Close => false,
            };
            if !goes_on {
                return;
            }
        }
    }
}

/// Reads one request with a content length, and returns its head.
async fn read_request(tcp: &mut TcpStream, input: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = memchr::memmem::find(input, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&input[..end]).into_owned();
            let length: usize = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            while input.len() < end + 4 + length {
                if tcp.read_buf(input).await.ok()? == 0 {
                    return None;
                }
            }
            input.drain(..end + 4 + length);
            return Some(head);
        }
        if tcp.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
}
