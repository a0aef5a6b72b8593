//! An admin API that answers what it is told to, for what a real one cannot be brought to do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Answers by `METHOD /path?query` below `/api/admin`; everything else is 404.
pub(crate) struct FakeAdmin {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

type Answers = BTreeMap<String, (u16, String)>;

impl FakeAdmin {
    pub(crate) fn start(answers: &[(&str, u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let requests = Arc::clone(&seen);
        let answers: Answers = answers
            .iter()
            .map(|(line, status, body)| ((*line).to_owned(), (*status, (*body).to_owned())))
            .collect();
        // Ends with the test process; every request has a connection of its own.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, &answers, &requests);
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }
}

fn serve(mut stream: TcpStream, answers: &Answers, requests: &Mutex<Vec<Seen>>) {
    let request = read(&stream);
    let missing = (
        404,
        r#"{"error":{"code":"not_found","message":"there is nothing","details":{}}}"#.to_owned(),
    );
    let (status, body) = answers.get(&request.line).unwrap_or(&missing);
    let answer = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\netag: \"5\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    requests.lock().expect("no panic").push(request);
    // The other side may have gone away.
    let _ = stream.write_all(answer.as_bytes());
}

fn read(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let head = lines.join("\n");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).expect("a body");
    let line = lines.first().cloned().unwrap_or_default();
    let line = line.trim_end_matches(" HTTP/1.1");
    Seen {
        line: line.replacen("/api/admin", "", 1),
        head,
        body: String::from_utf8(body).expect("text"),
    }
}
