use std::path::Path;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

struct Pair {
    cert: String,
    key: String,
    der: CertificateDer<'static>,
}

fn pair() -> Pair {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    Pair {
        cert: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
        der: made.cert.der().clone(),
    }
}

fn write(directory: &Path, pair: &Pair) -> TlsFiles {
    let files = TlsFiles {
        cert: directory.join("cert.pem"),
        key: directory.join("key.pem"),
    };
    std::fs::write(&files.cert, &pair.cert).expect("writes");
    std::fs::write(&files.key, &pair.key).expect("writes");
    files
}

async fn connect(
    address: SocketAddr,
    trusted: &Pair,
    alpn: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).expect("a root");
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").expect("a name"), stream)
        .await
}

/// Connects until the listener shows `trusted`; it looks at its files once a second.
async fn wait_for(address: SocketAddr, trusted: &Pair) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while connect(address, trusted, b"http/1.1").await.is_err() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the new certificate is not shown"
        );
    }
}

#[tokio::test]
async fn serves_both_versions_by_alpn() {
    let (directory, pair) = (tempfile::tempdir().expect("a directory"), pair());
    let running = start(
        ConnectionLimits::default(),
        Some(write(directory.path(), &pair)),
        hello,
    );
    let mut http1 = connect(running.address, &pair, b"http/1.1")
        .await
        .expect("TLS");
    http1
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .expect("sends");
    let mut answer = String::new();
    http1.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with("hello"), "{answer}");

    let http2 = connect(running.address, &pair, b"h2").await.expect("TLS");
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(http2))
            .await
            .expect("HTTP/2");
    let request = Request::get("https://localhost/")
        .body(Full::<Bytes>::default())
        .expect("a request");
    tokio::select! {
        answer = sender.send_request(request) => assert_eq!(answer.expect("an answer").status(), StatusCode::OK),
        ended = connection => panic!("connection ended: {ended:?}"),
    }
}

#[tokio::test]
async fn changed_files_are_served_and_a_broken_pair_is_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let (old, new) = (pair(), pair());
    let files = write(directory.path(), &old);
    let running = start(ConnectionLimits::default(), Some(files.clone()), hello);
    connect(running.address, &old, b"http/1.1")
        .await
        .expect("the first certificate");

    write(directory.path(), &new);
    wait_for(running.address, &new).await;

    // The certificate of one pair with the key of another, then a whole third pair: whoever sees the third has
    // passed the broken one.
    std::fs::write(&files.cert, &old.cert).expect("writes");
    connect(running.address, &new, b"http/1.1")
        .await
        .expect("still the working certificate");
    let third = self::pair();
    write(directory.path(), &third);
    wait_for(running.address, &third).await;
}

#[tokio::test]
async fn unusable_files_are_refused_at_the_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let (one, other) = (pair(), pair());
    let files = write(directory.path(), &one);
    let refused = || {
        Listener::bind(([127, 0, 0, 1], 0).into(), Some(files.clone()))
            .expect_err("refused")
            .to_string()
    };
    std::fs::write(&files.key, &other.key).expect("writes");
    assert!(refused().contains("cert.pem and "), "{}", refused());
    std::fs::write(&files.key, "not a key").expect("writes");
    assert!(
        refused().contains("key.pem: holds no PEM section"),
        "{}",
        refused()
    );
    std::fs::remove_file(&files.cert).expect("removes");
    assert!(refused().contains("cert.pem: "), "{}", refused());
}
