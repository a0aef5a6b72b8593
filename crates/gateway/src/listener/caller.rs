//! The hyper service of one connection.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::Serve;
use super::open::{Active, State};
use crate::gateway::Peer;

/// Hands the requests of one connection to the listener's service.
#[derive(Debug)]
pub(super) struct Caller<S> {
    service: S,
    peer: Peer,
    state: Arc<State>,
}

/// The body of an answer; its request counts as being served until it is gone.
#[derive(Debug)]
pub(super) struct CountedBody<B> {
    body: B,
    _active: Active,
}

impl<S> Caller<S> {
    pub(super) fn new(service: S, address: IpAddr, state: Arc<State>) -> Self {
        Self {
            service,
            peer: Peer {
                address: address.to_canonical(),
            },
            state,
        }
    }
}

impl<S: Serve> hyper::service::Service<Request<Incoming>> for Caller<S> {
    type Response = Response<CountedBody<S::Body>>;
    type Error = Infallible;
    // Boxed for each request: hyper keeps a place for this future as long as the connection is open, and the
    // service's own future is large. So idle connections and open streams do not pay for it.
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let active = self.state.begin(!request.body().is_end_stream());
        let answer = self.service.clone().serve(request, self.peer);
        Box::pin(async move {
            Ok(answer.await.map(|body| CountedBody {
                body,
                _active: active,
            }))
        })
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for CountedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
