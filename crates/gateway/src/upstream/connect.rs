//! Opening a connection: resolve, check every address, race the allowed ones, shake hands.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use smallvec::SmallVec;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::OriginSpec;
use super::error::{OriginError, SendError};
use super::stream::Stream;
use super::tls::{self, ALPN_H2};

/// How long an address gets before the next one is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);
/// How many addresses of a name are tried.
const MAX_ADDRESSES: usize = 8;

type Addresses = SmallVec<[SocketAddr; 4]>;
type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Opens connections to one origin.
#[derive(Debug)]
pub(super) struct Connector {
    spec: OriginSpec,
    /// Set when the host is an address, which needs no resolver.
    literal: Option<IpAddr>,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// An open connection and the protocol it speaks.
#[derive(Debug)]
pub(super) enum Connected {
    Http1(Stream),
    Http2(Stream),
}

impl Connector {
    /// # Errors
    /// A host that is none; certificates that cannot be used.
    pub(super) fn new(spec: OriginSpec) -> Result<Self, OriginError> {
        let bracketed = spec
            .host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = String::from(bracketed.unwrap_or(&spec.host));
        let literal = host.parse().ok();
        let name = match ServerName::try_from(host) {
            Ok(name) if bracketed.is_none() || literal.is_some_and(|ip: IpAddr| ip.is_ipv6()) => {
                name
            }
            _ => return Err(OriginError::Host { host: spec.host }),
        };
        let tls = if spec.tls {
            Some((tls::client_config(spec.ca_file.as_deref())?, name))
        } else {
            None
        };
        Ok(Self { spec, literal, tls })
    }

    /// What the connector was made from.
    pub(super) fn spec(&self) -> &OriginSpec {
        &self.spec
    }

    /// Limit for everything that leads to an open connection.
    pub(super) fn limit(&self) -> Duration {
        self.spec.connect_timeout
    }

    /// Opens a connection, taking as long as it takes.
    ///
    /// # Errors
    /// `Egress`, `Resolve`, `Connect`, `Tls`.
    pub(super) async fn connect(&self) -> Result<Connected, SendError> {
        let addresses = self.allowed(self.resolve().await?)?;
        let socket = race(&addresses)
            .await
            .map_err(|source| SendError::Connect {
                timeout: false,
                source,
            })?;
        let failed = |source| SendError::Connect {
            timeout: false,
            source,
        };
        socket.set_nodelay(true).map_err(failed)?;
        let Some((config, name)) = &self.tls else {
            return Ok(Connected::Http1(Stream::Plain(socket)));
        };
        let tls = TlsConnector::from(Arc::clone(config))
            .connect(name.clone(), socket)
            .await
            .map_err(|source| SendError::Tls { source })?;
        let http2 = tls.get_ref().1.alpn_protocol() == Some(ALPN_H2);
        let stream = Stream::Tls(Box::new(tls));
        Ok(if http2 {
            Connected::Http2(stream)
        } else {
            Connected::Http1(stream)
        })
    }

    async fn resolve(&self) -> Result<Addresses, SendError> {
        if let Some(ip) = self.literal {
            return Ok(SmallVec::from_slice(&[SocketAddr::new(ip, self.spec.port)]));
        }
        let failed = |source| SendError::Resolve {
            host: self.spec.host.clone(),
            source,
        };
        let found = tokio::net::lookup_host((self.spec.host.as_str(), self.spec.port))
            .await
            .map_err(failed)?;
        let addresses: Addresses = found.collect();
        if addresses.is_empty() {
            return Err(failed(io::Error::new(
                io::ErrorKind::NotFound,
                "the name has no address",
            )));
        }
        Ok(addresses)
    }

    /// Those that the egress policy allows; all of a name may be refused, then the first refusal is the answer.
    fn allowed(&self, addresses: Addresses) -> Result<Addresses, SendError> {
        let mut refused = None;
        let mut allowed = Addresses::new();
        for address in addresses {
            match self.spec.guard.check(address.ip()) {
                Ok(()) => allowed.push(address),
                Err(refusal) => refused = refused.or(Some(refusal)),
            }
        }
        allowed.truncate(MAX_ADDRESSES);
        match refused {
            Some(refusal) if allowed.is_empty() => Err(SendError::Egress {
                host: self.spec.host.clone(),
                refusal,
            }),
            _ => Ok(allowed),
        }
    }
}

/// Connects to the addresses in order, the next one as soon as the one before has failed or has taken 250 ms; the first
/// to connect wins and the others are dropped.
async fn race(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut running: SmallVec<[Attempt; 2]> = SmallVec::new();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "no address");
    let mut stagger = pin!(tokio::time::sleep(Duration::ZERO));
    let mut start_next = true;
    poll_fn(|cx| {
        loop {
            if start_next && let Some(address) = waiting.next() {
                running.push(Box::pin(TcpStream::connect(*address)));
                stagger
                    .as_mut()
                    .reset(tokio::time::Instant::now() + STAGGER);
            }
            start_next = false;
            let mut at = 0;
            while let Some(attempt) = running.get_mut(at) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(socket)) => return Poll::Ready(Ok(socket)),
                    Poll::Ready(Err(error)) => {
                        last = error;
                        drop(running.remove(at));
                        start_next = true;
                    }
                    Poll::Pending => at += 1,
                }
            }
            if !start_next && waiting.len() > 0 {
                start_next = stagger.as_mut().poll(cx).is_ready();
            }
            if running.is_empty() && waiting.len() == 0 {
                let nothing = io::Error::from(io::ErrorKind::NotConnected);
                return Poll::Ready(Err(std::mem::replace(&mut last, nothing)));
            }
            if !start_next || waiting.len() == 0 {
                return Poll::Pending;
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::upstream::EgressGuard;

    fn connector(guard: EgressGuard) -> Connector {
        Connector::new(OriginSpec {
            tls: false,
            host: "upstream.test".to_owned(),
            port: 80,
            guard,
            ca_file: None,
            connect_timeout: Duration::from_secs(5),
        })
        .unwrap()
    }

    fn addresses(list: &[&str]) -> Addresses {
        list.iter()
            .map(|address| address.parse().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_refuses() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let targets = [closed.local_addr().unwrap(), open.local_addr().unwrap()];
        drop(closed);
        let socket = race(&targets).await.unwrap();
        assert_eq!(socket.peer_addr().unwrap(), targets[1]);
        assert!(race(&targets[..1]).await.is_err());
    }

    #[test]
    fn only_the_allowed_addresses_of_a_name_are_tried() {
        let mixed = addresses(&["10.0.0.1:80", "8.8.8.8:80", "[::1]:80", "[2606:4700::1]:80"]);
        let tried = connector(EgressGuard::default())
            .allowed(mixed.clone())
            .unwrap();
        assert_eq!(tried, addresses(&["8.8.8.8:80", "[2606:4700::1]:80"]));

        let opened = EgressGuard::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let tried = connector(opened).allowed(mixed).unwrap();
        assert_eq!(
            tried,
            addresses(&["10.0.0.1:80", "8.8.8.8:80", "[2606:4700::1]:80"])
        );
    }

    #[test]
    fn a_name_with_refused_addresses_only_names_the_first() {
        let refused = addresses(&["169.254.169.254:80", "10.0.0.1:80"]);
        let error = connector(EgressGuard::default())
            .allowed(refused)
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("169.254.169.254 is not a public address (link-local)"),
            "{error}"
        );
    }
}
