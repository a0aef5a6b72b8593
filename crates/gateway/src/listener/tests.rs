mod tls;

use std::pin::Pin;

use http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::*;

type Answer = Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>;

/// Answers with the same closure every time.
#[derive(Clone)]
struct Closure(Arc<dyn Fn(Request<Incoming>) -> Answer + Send + Sync>);

impl Serve for Closure {
    type Body = Full<Bytes>;

    async fn serve(self, request: Request<Incoming>, _: Peer) -> Response<Full<Bytes>> {
        (self.0)(request).await
    }
}

struct Running {
    address: SocketAddr,
    gauge: ConnectionGauge,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<DrainReport>,
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    /// Sends `text` and reads until the listener closes.
    async fn exchange(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("sends");
        let mut answer = Vec::new();
        // Closing a socket with unread bytes resets the connection; what came before counts.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn stop(self) -> DrainReport {
        self.stop.send(()).expect("still serves");
        self.ended.await.expect("no panic")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the listener under test runs beside the test"
)]
fn start(
    limits: ConnectionLimits,
    tls: Option<TlsFiles>,
    answer: impl Fn(Request<Incoming>) -> Answer + Send + Sync + 'static,
) -> Running {
    let listener = Listener::bind(([127, 0, 0, 1], 0).into(), tls).expect("binds");
    let (address, gauge) = (listener.local_addr(), listener.connections());
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let ended = tokio::spawn(listener.serve(Closure(Arc::new(answer)), limits, shutdown));
    Running {
        address,
        gauge,
        stop,
        ended,
    }
}

fn hello(_: Request<Incoming>) -> Answer {
    Box::pin(async { Response::new(Full::from("hello")) })
}

fn quick() -> ConnectionLimits {
    ConnectionLimits {
        header_read: Duration::from_millis(100),
        ..ConnectionLimits::default()
    }
}

/// Reads one answer of `hello`.
async fn read_hello(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        assert_ne!(
            stream.read_buf(&mut answer).await.expect("an answer"),
            0,
            "closed after {answer:?}"
        );
    }
}

#[tokio::test]
async fn answers_request_after_request_on_one_connection() {
    let running = start(ConnectionLimits::default(), None, hello);
    let mut stream = running.connect().await;
    for _ in 0..3 {
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .expect("sends");
        read_hello(&mut stream).await;
    }
    assert_eq!(running.gauge.open(), 1);
    assert_eq!(running.stop().await, DrainReport::default());
}

#[tokio::test]
async fn speaks_http2_with_prior_knowledge() {
    let running = start(ConnectionLimits::default(), None, |request| {
        let version = format!("{:?}", request.version());
        Box::pin(async { Response::new(Full::from(version)) })
    });
    let io = TokioIo::new(running.connect().await);
    let (mut sender, mut connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
            .await
            .expect("HTTP/2");
    let request = Request::get("http://a/")
        .body(Full::<Bytes>::default())
        .expect("a request");
    let exchange = async {
        let answer = sender.send_request(request).await.expect("an answer");
        answer
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes()
    };
    let body = tokio::select! {
        body = exchange => body,
        ended = &mut connection => panic!("connection ended: {ended:?}"),
    };
    assert_eq!(body, "HTTP/2.0");
    let (report, ended) = tokio::join!(running.stop(), connection);
    ended.expect("told to go away");
    assert_eq!(report, DrainReport::default());
}

#[tokio::test]
async fn a_head_that_stops_midway_is_answered_with_408() {
    let running = start(quick(), None, hello);
    let answer = running
        .exchange("POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-slow")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.ends_with(r#""code":"request_timeout"}}"#),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_that_drips_is_not_given_more_time() {
    let running = start(quick(), None, hello);
    let mut stream = running.connect().await;
    let mut answer = Vec::new();
    stream
        .write_all(b"GET / HTTP/1.1\r\nx: ")
        .await
        .expect("sends");
    while answer.is_empty() {
        tokio::select! {
            read = stream.read_buf(&mut answer) => assert_ne!(read.expect("an answer"), 0),
            () = tokio::time::sleep(Duration::from_millis(10)) => { let _ = stream.try_write(b"x"); }
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{answer:?}");
}

#[tokio::test]
async fn a_silent_connection_and_a_silent_http2_preface_are_closed() {
    let running = start(quick(), None, hello);
    assert_eq!(running.exchange("").await, "");
    assert_eq!(running.exchange("PR").await, "");
    assert!(
        !running
            .exchange("PRI * HTTP/2.0\r\n")
            .await
            .starts_with("HTTP/1.1")
    );
}

#[tokio::test]
async fn heads_that_are_too_large_or_no_http_are_refused() {
    let running = start(ConnectionLimits::default(), None, hello);
    let large = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx-large: {}\r\n\r\n",
        "x".repeat(100 << 10)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nhost: a\r\n{}\r\n",
        "x: y\r\n".repeat(500)
    );
    for text in [large, many] {
        let answer = running.exchange(&text).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    for text in [
        "\u{16}\u{3}\u{1} TLS hello\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ] {
        let answer = running.exchange(text).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_arrives() {
    let running = start(ConnectionLimits::default(), None, |_| {
        let answer = Response::builder()
            .status(StatusCode::PAYLOAD_TOO_LARGE)
            .body(Full::default());
        Box::pin(async { answer.expect("an answer") })
    });
    let stream = running.connect().await;
    let (mut read, mut write) = stream.into_split();
    let sent = async {
        write
            .write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 33554432\r\n\r\n")
            .await?;
        for _ in 0..32 {
            write.write_all(&vec![b'x'; 1 << 20]).await?;
        }
        std::io::Result::Ok(())
    };
    let mut answer = String::new();
    let (sent, received) = tokio::join!(sent, read.read_to_string(&mut answer));
    sent.expect("the whole body is taken");
    received.expect("no reset");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_caller_that_leaves_drops_the_request() {
    let (dropped, mut drops) = mpsc::unbounded_channel::<()>();
    let begun = Arc::new(Notify::new());
    let begins = Arc::clone(&begun);
    let running = start(ConnectionLimits::default(), None, move |_| {
        let (dropped, begins) = (dropped.clone(), Arc::clone(&begins));
        Box::pin(async move {
            let _held = dropped;
            begins.notify_one();
            std::future::pending().await
        })
    });
    let mut stream = running.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sends");
    begun.notified().await;
    drop(stream);
    while running.gauge.open() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.stop().await, DrainReport::default());
    assert_eq!(
        drops.recv().await,
        None,
        "the handler still holds its sender"
    );
}

#[tokio::test]
async fn one_connection_too_many_is_closed() {
    let limits = ConnectionLimits {
        connections: 1,
        ..ConnectionLimits::default()
    };
    let running = start(limits, None, hello);
    let mut first = running.connect().await;
    first
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sends");
    read_hello(&mut first).await;
    let mut second = running.connect().await;
    let mut answer = Vec::new();
    let _ = second.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{answer:?}");
    first
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sends");
    read_hello(&mut first).await;
}

#[tokio::test]
async fn drain_lets_requests_in_flight_finish_and_closes_idle_connections() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, goes_on) = (Arc::clone(&begun), Arc::clone(&go_on));
    let running = start(ConnectionLimits::default(), None, move |request| {
        let (begins, goes_on) = (Arc::clone(&begins), Arc::clone(&goes_on));
        Box::pin(async move {
            if request.uri().path() == "/slow" {
                begins.notify_one();
                goes_on.notified().await;
            }
            Response::new(Full::from("hello"))
        })
    });
    let mut idle = running.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sends");
    read_hello(&mut idle).await;
    let mut slow = running.connect().await;
    slow.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sends");
    begun.notified().await;
    let (address, stopping) = (running.address, running.stop());
    let driven = async {
        assert_eq!(idle.read(&mut [0]).await.expect("closes"), 0);
        TcpStream::connect(address)
            .await
            .expect_err("no longer listens");
        go_on.notify_one();
        read_hello(&mut slow).await;
        drop(slow);
    };
    let (report, ()) = tokio::join!(stopping, driven);
    assert_eq!(
        report,
        DrainReport {
            finished: 1,
            cut: 0
        }
    );
}

#[tokio::test]
async fn drain_cuts_what_does_not_finish_in_time() {
    let begun = Arc::new(Notify::new());
    let begins = Arc::clone(&begun);
    let limits = ConnectionLimits {
        drain: Duration::from_millis(50),
        ..ConnectionLimits::default()
    };
    let running = start(limits, None, move |_| {
        begins.notify_one();
        Box::pin(std::future::pending())
    });
    let mut stream = running.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sends");
    begun.notified().await;
    assert_eq!(
        running.stop().await,
        DrainReport {
            finished: 0,
            cut: 1
        }
    );
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
}
