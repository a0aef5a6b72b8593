use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::support::{Aigw, directory, run, stderr};

const PATIENCE: Duration = Duration::from_secs(30);

/// Writes a new pair, and returns its certificate.
fn write_pair(home: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(home.join("cert.pem"), made.cert.pem()).expect("writes");
    std::fs::write(home.join("key.pem"), made.signing_key.serialize_pem()).expect("writes");
    made.cert.der().clone()
}

/// The answer to a health request by a gateway that shows `trusted`.
async fn health(running: &Aigw, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a root");
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
    let stream = TcpStream::connect(running.address("gateway")).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    stream
        .write_all(b"GET /-/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn serves_tls_with_the_certificate_that_lies_there_now() {
    let home = directory();
    let first = write_pair(home.path());
    let running = Aigw::start(
        home.path(),
        &["--tls-cert", "cert.pem", "--tls-key", "key.pem"],
    );
    assert!(
        running.greeting.contains("curl https://"),
        "{}",
        running.greeting
    );
    let answer = health(&running, &first).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let second = write_pair(home.path());
    let reloaded = async { while health(&running, &second).await.is_err() {} };
    timeout(PATIENCE, reloaded)
        .await
        .expect("the new certificate is shown");
}

#[test]
fn commands_talk_https_only_to_a_server_that_the_ca_file_vouches_for() {
    let home = directory();
    write_pair(home.path());
    let running = Aigw::start(
        home.path(),
        &["--tls-cert", "cert.pem", "--tls-key", "key.pem"],
    );
    let url = format!("https://localhost:{}", running.address("gateway").port());
    let asked = |trust: &[&str]| {
        let args = [&["status", "--server", &*url, "--token", "token"], trust].concat();
        run(home.path(), &args, &[])
    };
    let stranger = asked(&[]);
    assert_eq!(stranger.status.code(), Some(3), "{}", stderr(&stranger));
    assert!(
        stderr(&stranger).contains("certificate"),
        "{}",
        stderr(&stranger)
    );
    // The gateway has a certificate, but no admin API: that it says so is an answer.
    let known = asked(&["--ca-file", "cert.pem"]);
    assert_eq!(known.status.code(), Some(1), "{}", stderr(&known));
    let missing = asked(&["--ca-file", "key.pem"]);
    assert_eq!(missing.status.code(), Some(2), "{}", stderr(&missing));
}
