//! One connection: reads requests, asks for the plan of the answer, and carries it out step by step.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};

use super::Recorded;
use super::plan::{End, Plan, Step};
use super::request::{Body, Facts, Frame, Request};
use super::socket::Socket;
use super::state::{Known, Shared};
use crate::clock;
use crate::wire::{BodyReader, Framing, early_end, invalid};

/// Answers are written together with their head up to this size.
const JOINED: usize = 64 * 1024;

/// What a peer may send ahead while its answer is under way.
const AHEAD: usize = 1024 * 1024;

/// One accepted connection.
pub(super) struct Connection {
    socket: Socket,
    shared: Arc<Shared>,
    number: u64,
    input: BytesMut,
    /// Bytes of the answer that are not written yet.
    output: Vec<u8>,
    /// The request before: measurements send the same one again and again.
    last: Option<Arc<Known>>,
}

/// How an answer ended.
enum Played {
    /// The connection waits for the next request.
    Next,
    /// The connection is over.
    Over,
    /// The connection is to be reset.
    Reset,
    /// The peer went away before the end of the answer.
    Cancelled,
}

impl Connection {
    pub(super) fn new(socket: Socket, shared: Arc<Shared>, number: u64) -> Self {
        Self {
            socket,
            shared,
            number,
            input: BytesMut::new(),
            output: Vec::new(),
            last: None,
        }
    }

    /// Serves until either side ends the connection.
    pub(super) async fn run(mut self) {
        while let Ok(Some(request)) = self.read_request().await {
            let id = self.shared.next_id();
            let facts = request.facts();
            if self.shared.recording() {
                self.shared.push(self.recorded(&request, &facts, id));
            }
            self.shared.arrived();
            let known = self.plan(&request, facts, id).await;
            let played = self.play(&known.plan, id).await;
            match played {
                Played::Next if request.close => break,
                Played::Next => {}
                Played::Over => return,
                Played::Cancelled => return self.shared.cancel(),
                Played::Reset => {
                    // Nothing is left to do for a socket that cannot even be reset.
                    let _reset = self.socket.reset();
                    return;
                }
            }
        }
        // The peer may be gone already.
        let _closed = self.socket.close().await;
    }

    fn recorded(&self, request: &Request, facts: &Facts, id: u64) -> Recorded {
        Recorded {
            method: facts.method.clone(),
            path: facts.path.clone(),
            headers: request.headers(),
            body: request.body_copy(),
            at: clock::now(),
            connection: self.number,
            request_id: super::plan::request_id(id),
        }
    }

    async fn plan(&mut self, request: &Request, facts: Facts, id: u64) -> Arc<Known> {
        let ruled = self.shared.ruled();
        if !ruled {
            let own = self
                .last
                .as_ref()
                .filter(|known| known.is_of(&facts, request.body()))
                .cloned();
            if let Some(known) = own.or_else(|| self.shared.known(&facts, request.body())) {
                self.last = Some(Arc::clone(&known));
                return known;
            }
        }
        let rule = if ruled {
            self.shared.rule(facts.method == "POST", &facts.key)
        } else {
            None
        };
        let plan = Plan::of(&facts, request.body(), &self.shared.name, rule, id).await;
        if ruled || plan.dated {
            return Arc::new(Known {
                facts,
                body: Vec::new(),
                plan,
            });
        }
        let known = Arc::new(Known {
            facts,
            body: request.body().to_vec(),
            plan,
        });
        self.shared.learn(Arc::clone(&known));
        self.last = Some(Arc::clone(&known));
        known
    }

    async fn read_request(&mut self) -> io::Result<Option<Request>> {
        let frame = loop {
            if let Some(frame) = Frame::of(&self.input)? {
                break frame;
            }
            if self.read().await? == 0 {
                return if self.input.is_empty() {
                    Ok(None)
                } else {
                    Err(early_end("inside a head"))
                };
            }
        };
        if frame.expects {
            self.socket.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let Framing::Length(length) = frame.framing else {
            return self.read_chunked(frame).await.map(Some);
        };
        let length = usize::try_from(length).map_err(|_| invalid("content-length"))?;
        let whole = frame.head + length;
        while self.input.len() < whole {
            self.input.reserve(whole - self.input.len());
            if self.socket.read(&mut self.input).await? == 0 {
                return Err(early_end("inside a body"));
            }
        }
        let head = self.input.split_to(frame.head);
        let body = Body::Whole(self.input.split_to(length));
        Ok(Some(Request {
            head,
            body,
            close: frame.close,
        }))
    }

    async fn read_chunked(&mut self, frame: Frame) -> io::Result<Request> {
        let head = self.input.split_to(frame.head);
        let mut reader = BodyReader::new(Framing::Chunked);
        let mut body = Vec::new();
        loop {
            let taken = reader.take(&self.input, |bytes| body.extend_from_slice(bytes))?;
            self.input.advance(taken);
            if reader.is_done() {
                return Ok(Request {
                    head,
                    body: Body::Joined(body),
                    close: frame.close,
                });
            }
            if self.read().await? == 0 {
                return Err(early_end("inside a chunked body"));
            }
        }
    }

    async fn read(&mut self) -> io::Result<usize> {
        self.input.reserve(8 * 1024);
        self.socket.read(&mut self.input).await
    }

    async fn play(&mut self, plan: &Plan, id: u64) -> Played {
        self.output.clear();
        for step in &plan.steps {
            match self.step(step, id).await {
                Ok(true) => {}
                Ok(false) | Err(_) => return Played::Cancelled,
            }
        }
        if self.flush().await.is_err() {
            return Played::Cancelled;
        }
        match plan.end {
            End::KeepAlive => Played::Next,
            End::Reset => Played::Reset,
            End::Close => {
                // The answer is written; a peer that is gone has nothing more to lose.
                let _closed = self.socket.close().await;
                Played::Over
            }
            End::Silence => {
                self.gone().await;
                Played::Cancelled
            }
        }
    }

    /// Carries out one step; `false` when the peer has gone.
    async fn step(&mut self, step: &Step, id: u64) -> io::Result<bool> {
        match step {
            Step::Head { bytes, id_at } => {
                let at = self.output.len() + id_at;
                self.output.extend_from_slice(bytes);
                super::plan::write_id(&mut self.output[at..], id);
            }
            Step::Write(bytes) if self.output.is_empty() => self.socket.write(bytes).await?,
            Step::Write(bytes) => {
                if self.output.len() + bytes.len() <= JOINED {
                    self.output.extend_from_slice(bytes);
                    self.flush().await?;
                } else {
                    self.flush().await?;
                    self.socket.write(bytes).await?;
                }
            }
            Step::Flush => self.flush().await?,
            Step::Pause(time) => {
                self.flush().await?;
                return Ok(!self.gone_within(*time).await);
            }
            Step::Bytewise(bytes) => {
                self.flush().await?;
                for byte in bytes.chunks(1) {
                    self.socket.write(byte).await?;
                    tokio::task::yield_now().await;
                }
            }
            Step::Repeat { chunk, times } => {
                self.flush().await?;
                for _ in 0..*times {
                    self.socket.write(chunk).await?;
                }
            }
        }
        Ok(true)
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.output.is_empty() {
            self.socket.write(&self.output).await?;
            self.output.clear();
        }
        Ok(())
    }

    async fn gone_within(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.gone()).await.is_ok()
    }

    /// Returns when the peer has closed its side; what it sends until then waits in the buffer.
    async fn gone(&mut self) {
        while self.input.len() < AHEAD {
            match self.read().await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        std::future::pending::<()>().await;
    }
}
