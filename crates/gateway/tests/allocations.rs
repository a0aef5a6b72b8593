//! How many blocks of memory one request may take, in its own dialect and translated: committed numbers per fixture.
//!
//! The upstream runs on a thread of its own and writes canned bytes into the socket it was given, without allocating, so
//! that what is counted between two looks at the heap is the gateway's.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test; a test that cannot go on fails"
)]

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

use aigw_config::Resolve;
use aigw_gateway::keys::{ClientKeys, KeyRow, Pepper};
use aigw_gateway::{Gateway, Options, Peer, compile};
use aigw_telemetry::{Recorder, RequestRecord};
use aigw_testkit::agent;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// Requests before the count: connections, pools and lazily made tables come into being.
const WARM: u64 = 20;
/// Requests counted.
const COUNTED: u64 = 50;
/// The highest number of blocks per request, by provider and fixture. A change that needs more has to say so here.
const BUDGET: [(&str, &str, u64); 10] = [
    ("demo", "chat 1 KiB", 215),
    ("demo", "chat 22 KB", 215),
    ("demo", "messages stream", 1226),
    ("network", "chat 1 KiB", 35),
    ("network", "chat 22 KB", 34),
    ("network", "messages stream", 45),
    ("chat", "messages agent", 165),
    ("chat", "responses agent", 190),
    ("chat", "messages agent stream", 185),
    ("chat", "responses agent stream", 211),
];
/// Bytes of an agent's request.
const AGENT: usize = 22_000;

/// Drops records where they are made.
#[derive(Debug)]
struct Nowhere;

impl Recorder for Nowhere {
    fn record(&self, _: Box<RequestRecord>) {}
}

struct NoReferences;

impl Resolve for NoReferences {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("tests have no files".to_owned())
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

fn gateway(document: &str) -> Gateway {
    let pepper = Pepper::new(b"pepper of the tests");
    let rows = [KeyRow::given("bootstrap", "key", &pepper)];
    let options = Options {
        keys: ClientKeys::new(pepper, rows),
        recorder: Arc::new(Nowhere),
        trusted_proxies: Vec::new(),
        version: "0.0.0",
    };
    let compiled = compile("test.yaml", document, &NoReferences);
    let config = compiled
        .config
        .unwrap_or_else(|| panic!("{:?}", compiled.problems));
    Gateway::new(&config, "7", options).unwrap()
}

/// Answers every request on every connection with the same bytes; nothing is allocated per request.
fn upstream(answer: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            std::thread::spawn(move || serve(tcp, answer));
        }
    });
    addr
}

fn serve(mut tcp: TcpStream, answer: &[u8]) {
    let mut buffer = vec![0; 1 << 16];
    let mut filled = 0;
    loop {
        match tcp.read(&mut buffer[filled..]) {
            Ok(read) if read > 0 => filled += read,
            _ => return,
        }
        // One request at a time, and each ends with the brace of its JSON.
        if is_whole(&buffer[..filled]) {
            filled = 0;
            if tcp.write_all(answer).is_err() {
                return;
            }
        }
    }
}

/// Whether a request is there up to the end that its `content-length` tells.
fn is_whole(request: &[u8]) -> bool {
    let Some(head) = memchr::memmem::find(request, b"\r\n\r\n") else {
        return false;
    };
    let name = b"content-length: ";
    let Some(at) = memchr::memmem::find(&request[..head], name) else {
        return false;
    };
    let digits = request[at + name.len()..].iter();
    let length = digits
        .take_while(|digit| digit.is_ascii_digit())
        .fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    request.len() >= head + 4 + length
}

/// A chat stream of 50 text deltas.
fn chat_stream() -> &'static [u8] {
    let mut out = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nx-request-id: up-1\r\n\r\n".to_vec();
    let mut event = |data: &str| {
        let text = format!("data: {data}\n\n");
        out.extend_from_slice(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes());
    };
    let chunk = |delta: &str, reason: &str| {
        format!(
            r#"{{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{reason}}}]}}"#
        )
    };
    event(&chunk(r#"{"role":"assistant","content":""}"#, "null"));
    for _ in 0..50 {
        event(&chunk(r#"{"content":"word "}"#, "null"));
    }
    event(&chunk("{}", "\"stop\""));
    event(
        r#"{"id":"c","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":50,"total_tokens":55}}"#,
    );
    event("[DONE]");
    out.extend_from_slice(b"0\r\n\r\n");
    out.leak()
}

/// A whole chat answer of `length` bytes of text.
fn chat_answer(length: usize) -> &'static [u8] {
    let body = format!(
        r#"{{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}}}"#,
        "x".repeat(length)
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nx-request-id: up-1\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes().leak()
}

/// A Messages stream of 50 text deltas.
fn messages_answer() -> &'static [u8] {
    let mut out = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nrequest-id: up-1\r\n\r\n".to_vec();
    let mut event = |name: &str, rest: &str| {
        let text = format!("event: {name}\ndata: {{\"type\":\"{name}\"{rest}}}\n\n");
        out.extend_from_slice(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes());
    };
    event(
        "message_start",
        r#","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":5,"output_tokens":1}}"#,
    );
    event(
        "content_block_start",
        r#","index":0,"content_block":{"type":"text","text":""}"#,
    );
    for _ in 0..50 {
        event(
            "content_block_delta",
            r#","index":0,"delta":{"type":"text_delta","text":"word "}"#,
        );
    }
    event("content_block_stop", r#","index":0"#);
    event(
        "message_delta",
        r#","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":50}"#,
    );
    event("message_stop", "");
    out.extend_from_slice(b"0\r\n\r\n");
    out.leak()
}

fn body(fixture: &str) -> (&'static str, Bytes) {
    let stream = fixture.ends_with("stream");
    match fixture {
        "messages agent" | "messages agent stream" => {
            return (
                "/v1/messages",
                agent::messages("public", stream, AGENT).into(),
            );
        }
        "responses agent" | "responses agent stream" => {
            return (
                "/v1/responses",
                agent::responses("public", stream, AGENT).into(),
            );
        }
        _ => {}
    }
    let (path, pad, more) = match fixture {
        "chat 1 KiB" => ("/v1/chat/completions", 900, ""),
        "chat 22 KB" => ("/v1/chat/completions", 22_000, ""),
        _ => ("/v1/messages", 900, r#""stream":true,"max_tokens":64,"#),
    };
    let content = "y".repeat(pad);
    let text = format!(
        "{{\"model\":\"public\",{more}\"messages\":[{{\"role\":\"user\",\"content\":\"{content}\"}}]}}\n"
    );
    (path, text.into())
}

/// Blocks per request, on average over [`COUNTED`] requests, rounded up.
fn blocks(provider: &str, fixture: &str) -> u64 {
    let provider_entry = if provider == "demo" {
        "kind: demo".to_owned()
    } else {
        let answer = match fixture {
            "chat 1 KiB" => chat_answer(700),
            "chat 22 KB" => chat_answer(22_000),
            "messages agent" | "responses agent" => chat_answer(700),
            "messages agent stream" | "responses agent stream" => chat_stream(),
            _ => messages_answer(),
        };
        let dialects = if provider == "chat" {
            "openai_chat"
        } else {
            "openai_chat, anthropic_messages"
        };
        format!(
            "kind: openai-compatible, base_url: \"http://{}\", api_key: k, dialects: [{dialects}], network: {{allow: [127.0.0.0/8]}}",
            upstream(answer)
        )
    };
    let gateway = gateway(&format!(
        "version: 1\nproviders: {{up: {{{provider_entry}}}}}\nmodels: {{public: {{targets: [{{provider: up, model: upstream-name}}]}}}}\n"
    ));
    let (path, body) = body(fixture);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..WARM {
            ask(&gateway, path, &body).await;
        }
        let before = dhat::HeapStats::get().total_blocks;
        for _ in 0..COUNTED {
            ask(&gateway, path, &body).await;
        }
        let whole = dhat::HeapStats::get().total_blocks - before;
        let request = request_blocks(path, &body);
        whole.div_ceil(COUNTED) - request
    })
}

/// What the request itself takes before the gateway sees it.
fn request_blocks(path: &'static str, body: &Bytes) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    drop(request(path, body));
    dhat::HeapStats::get().total_blocks - before
}

fn request(path: &'static str, body: &Bytes) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("authorization", "Bearer key")
        .header("content-type", "application/json")
        .header("user-agent", "openai/1")
        .header("host", "localhost")
        .body(Full::new(body.clone()))
        .unwrap()
}

async fn ask(gateway: &Gateway, path: &'static str, body: &Bytes) {
    let peer = Peer {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let response = gateway.handle(request(path, body), peer).await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        drop(frame.unwrap());
    }
}

#[test]
fn a_request_takes_no_more_blocks_than_committed() {
    let _profile = dhat::Profiler::builder().testing().build();
    let (mut found, mut over) = (Vec::new(), false);
    for (provider, fixture, budget) in BUDGET {
        let blocks = blocks(provider, fixture);
        over |= blocks > budget;
        found.push(format!("{provider} {fixture}: {blocks} of {budget}"));
    }
    assert!(!over, "{found:#?}");
}
