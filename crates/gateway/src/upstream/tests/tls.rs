//! TLS with a certificate authority of the test's own.

use std::io::Write;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::{Peer, get, listen, post, read_all, spec};
use super::*;

/// A certificate for `localhost`, who signed it, and an acceptor that offers `alpn`.
pub(super) fn authority(alpn: &[u8]) -> (TlsAcceptor, NamedTempFile) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut ca_file = NamedTempFile::new().unwrap();
    ca_file.write_all(issuer.pem().as_bytes()).unwrap();

    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    (TlsAcceptor::from(Arc::new(config)), ca_file)
}

pub(super) fn secure(host: &str, port: u16, ca_file: &NamedTempFile) -> Arc<Origin> {
    Origin::new(OriginSpec {
        tls: true,
        ca_file: Some(ca_file.path().to_owned()),
        ..spec(host, port)
    })
    .unwrap()
}

async fn accept(listener: &TcpListener, acceptor: &TlsAcceptor) -> Peer<TlsStream<TcpStream>> {
    Peer(
        acceptor
            .accept(listener.accept().await.unwrap().0)
            .await
            .unwrap(),
    )
}

#[tokio::test]
async fn a_certificate_of_the_ca_file_is_trusted_and_its_connection_kept() {
    let (listener, port) = listen().await;
    let (acceptor, ca_file) = authority(b"http/1.1");
    let origin = secure("localhost", port, &ca_file);
    let serve = async {
        let mut upstream = accept(&listener, &acceptor).await;
        for _ in 0..2 {
            assert!(
                upstream
                    .request()
                    .await
                    .starts_with(b"POST /v1/x HTTP/1.1\r\n")
            );
            upstream
                .send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                .await;
        }
        upstream
    };
    let ask = async {
        for reused in [false, true] {
            let mut answer = post(&origin, "{}").await.unwrap();
            assert_eq!(answer.timing.reused(), reused);
            assert_eq!(read_all(&mut answer.body).await.unwrap(), b"ok");
        }
    };
    let ((), _upstream) = tokio::join!(ask, serve);
    assert_eq!(origin.idle(), 1);
}

#[tokio::test]
async fn a_large_request_and_response_pass_through_tls() {
    let (listener, port) = listen().await;
    let (acceptor, ca_file) = authority(b"http/1.1");
    let origin = secure("localhost", port, &ca_file);
    let request = super::peer::large_body();
    let payload = request.to_bytes();
    let serve = async {
        let mut upstream = accept(&listener, &acceptor).await;
        let wire = upstream.request().await;
        upstream
            .send(format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
                payload.len()
            ))
            .await;
        upstream.send(&payload).await;
        wire
    };
    let ask = async {
        let mut answer = super::peer::send(&origin, &request).await.unwrap();
        read_all(&mut answer.body).await.unwrap()
    };
    let (answer, wire) = tokio::join!(ask, serve);
    assert!(answer == payload && wire.ends_with(&payload));
}

#[tokio::test]
async fn unknown_issuers_and_wrong_names_are_refused() {
    let (listener, port) = listen().await;
    let (acceptor, ca_file) = authority(b"http/1.1");
    let (_, other) = authority(b"http/1.1");
    for origin in [
        secure("localhost", port, &other),
        secure("127.0.0.1", port, &ca_file),
    ] {
        let (error, _) = tokio::join!(get(&origin), async {
            let socket = listener.accept().await.unwrap().0;
            acceptor.accept(socket).await.is_err()
        });
        assert!(matches!(error, Err(SendError::Tls { .. })));
    }
}

#[tokio::test]
async fn a_broken_record_instead_of_an_answer_is_a_tls_error() {
    let (listener, port) = listen().await;
    let (acceptor, ca_file) = authority(b"http/1.1");
    let origin = secure("localhost", port, &ca_file);
    let (error, _socket) = tokio::join!(get(&origin), async {
        let upstream = accept(&listener, &acceptor).await;
        // A record that does not decrypt, in place of an answer.
        let (mut socket, _) = upstream.0.into_inner();
        let record = b"\x17\x03\x03\x00\x20garbage-garbage-garbage-garbage-";
        tokio::io::AsyncWriteExt::write_all(&mut socket, record)
            .await
            .unwrap();
        socket
    });
    assert!(matches!(error, Err(SendError::Tls { .. })));
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_a_connect_timeout() {
    let (listener, port) = listen().await;
    let (_, ca_file) = authority(b"http/1.1");
    let origin = Origin::new(OriginSpec {
        tls: true,
        ca_file: Some(ca_file.path().to_owned()),
        connect_timeout: Duration::from_millis(20),
        ..spec("localhost", port)
    })
    .unwrap();
    let (error, _silent) = tokio::join!(get(&origin), listener.accept());
    let error = error.unwrap_err();
    assert!(matches!(error, SendError::Connect { timeout: true, .. }) && error.is_timeout());
}

#[tokio::test]
async fn an_end_without_the_closing_message_of_tls_is_truncation() {
    let (listener, port) = listen().await;
    let (acceptor, ca_file) = authority(b"http/1.1");
    let origin = secure("localhost", port, &ca_file);
    let (answer, ()) = tokio::join!(
        async {
            let mut answer = get(&origin).await.unwrap();
            read_all(&mut answer.body).await
        },
        async {
            let mut upstream = accept(&listener, &acceptor).await;
            upstream.request().await;
            upstream.send("HTTP/1.1 200 OK\r\n\r\nabc").await;
        }
    );
    assert!(matches!(answer, Err(BodyError::Truncated)));
}

#[test]
fn a_useless_ca_file_is_refused_at_once() {
    let mut empty = NamedTempFile::new().unwrap();
    empty.write_all(b"nothing of use").unwrap();
    for path in [empty.path().to_owned(), "/does/not/exist.pem".into()] {
        let refused = Origin::new(OriginSpec {
            tls: true,
            ca_file: Some(path),
            ..spec("localhost", 1)
        });
        assert!(matches!(refused, Err(OriginError::CaFile { .. })));
    }
}
