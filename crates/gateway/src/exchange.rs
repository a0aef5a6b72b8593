//! One request through its attempts: the only loop of the data plane.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aigw_protocol::Family;
use aigw_protocol::hub::LossReport;
use aigw_routing::{
    Attempts, Facts, FailureClass, GiveUp, ModelId, OnBreak, Outcome, ProviderId, Send, Step, Tick,
    plan,
};
use aigw_telemetry::{AttemptRecord, RouteMode};
use http::StatusCode;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep_until, timeout_at};

use crate::attempt::{self, Committed, Task};
use crate::call::Call;
use crate::entry::Entry;
use crate::error::{Error, ErrorKind};
use crate::failure::{Answer, Failure, Reply, overload_status};
use crate::gateway::{InFlight, Shared};
use crate::respond::Stamp;
use crate::runtime::{Runtime, Things, needs, prefers};

/// In records, the class of an attempt whose target cannot take the request.
const UNFIT: &str = "unfit";

/// A request on its way. Whoever drops it before its end has cancelled it: the target's place is freed, nothing
/// counts against its health, and the record says `cancelled`.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) call: Call,
    attempts: Attempts,
    /// Where the last attempt went.
    served: Option<Send>,
    /// That attempt is under way.
    under_way: bool,
    pub(crate) stamp: Stamp,
    pub(crate) entry: Entry,
    /// The failure that tells the caller most, so far.
    failure: Option<Failure>,
    /// The soonest `retry-after` of all rate limits met.
    soonest: Option<Duration>,
    first_byte: Duration,
    /// Text that the caller has from a stream that broke.
    pub(crate) sent_text: Option<String>,
    _place: OwnedSemaphorePermit,
    _in_flight: InFlight,
}

/// What a request brings along besides the call itself.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) entry: Entry,
    pub(crate) stamp: Stamp,
    /// Its place among the requests in flight.
    pub(crate) place: OwnedSemaphorePermit,
    /// Counts it until its last byte.
    pub(crate) in_flight: InFlight,
}

/// What a caller reads of a refusal.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// No target could serve the request.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reply: Reply,
    pub(crate) class: Option<FailureClass>,
    pub(crate) retry_after: Option<Duration>,
    /// Every target was tried: the caller's own retries would only repeat that.
    pub(crate) exhausted: bool,
    /// What would have been lost, where that is the reason.
    pub(crate) loss: Option<Box<LossReport>>,
}

impl Refusal {
    /// Status, code and message for callers of this family; the upstream's where it said something.
    pub(crate) fn said(&self, family: Family) -> Said {
        match &self.reply {
            Reply::Own(error) => {
                let row = error.kind.row();
                Said {
                    status: row.status,
                    code: row.code,
                    message: error.message.to_string(),
                }
            }
            Reply::Upstream(answer) => Said {
                status: self.status(answer, family).as_u16(),
                code: self.class.map_or("upstream_error", FailureClass::as_str),
                message: answer.message.to_string(),
            },
        }
    }

    /// The upstream's status, but an overload is told to callers of another family as their vendor tells it: clients
    /// treat 503 and 529 differently.
    fn status(&self, answer: &Answer, family: Family) -> StatusCode {
        if self.class == Some(FailureClass::Overloaded) && answer.family != family {
            overload_status(family)
        } else {
            answer.status
        }
    }
}

impl Exchange {
    /// Plans the request; `sticky_key` binds it to the target that served the same key before.
    pub(crate) fn new(
        shared: Arc<Shared>,
        runtime: Arc<Runtime>,
        call: Call,
        model: ModelId,
        seat: Seat,
    ) -> Box<Self> {
        let Seat {
            entry,
            stamp,
            place,
            in_flight,
        } = seat;
        let bound = call.sticky_text(&runtime.model(model).sticky_by);
        let sticky_key = bound.map(|text| {
            shared.sticky_hash(
                entry.record.key.as_deref(),
                &runtime.table.model(model).name,
                &text,
            )
        });
        let facts = Facts {
            model,
            needs: needs(call.head.endpoint),
            prefers: prefers(call.head.endpoint),
            carries: carries(&runtime, &call, model),
            sticky_key,
            pinned: None,
        };
        let now = shared.clock.now();
        let plan = plan(&runtime.table, &runtime.health, &facts, now, shared.seed());
        let attempts = Attempts::new(plan, now);
        Box::new(Self {
            shared,
            runtime,
            call,
            attempts,
            served: None,
            under_way: false,
            stamp,
            entry,
            failure: None,
            soonest: None,
            first_byte: Duration::ZERO,
            sent_text: None,
            _place: place,
            _in_flight: in_flight,
        })
    }

    /// Goes from target to target until one answers or none is left.
    pub(crate) async fn advance(&mut self) -> Result<Committed, Refusal> {
        let mut freed = None;
        loop {
            let now = self.shared.clock.now();
            let step = self.attempts.next_step(
                &self.runtime.table,
                &self.runtime.health,
                now,
                self.shared.seed(),
            );
            if let Some(provider) = freed.take() {
                self.pass_on(provider, step);
            }
            match step {
                Step::Send(send) => {
                    self.begin(send);
                    let runtime = Arc::clone(&self.runtime);
                    let sent = self.sent_text.as_deref();
                    let task = Task {
                        runtime: &runtime,
                        call: &self.call,
                        send,
                        seed: self.shared.seed(),
                        sent,
                    };
                    match attempt::call(task).await {
                        Ok(committed) => return Ok(self.committed(committed)),
                        Err(failure) => self.failed(failure),
                    }
                }
                Step::WaitUntil(tick) => {
                    self.wait(sleep_until(self.shared.clock.instant(tick).into()))
                        .await;
                }
                Step::WaitForCapacity { until, .. } => freed = self.wait_for_place(until).await,
                Step::GiveUp(why) => return Err(self.refusal(why)),
            }
        }
    }

    /// Waits until a request ends at a provider of the model whose turn it is; which one, unless it takes until `until`.
    async fn wait_for_place(&mut self, until: Tick) -> Option<ProviderId> {
        let runtime = Arc::clone(&self.runtime);
        let mut places: Vec<_> = runtime
            .table
            .model(self.attempts.model())
            .targets()
            .map(|target| runtime.table.target(target).provider)
            .map(|id| (id, Box::pin(runtime.provider(id).freed.notified())))
            .collect();
        let any = poll_fn(|cx| {
            let mut free = places.iter_mut();
            free.find_map(|(id, place)| place.as_mut().poll(cx).is_ready().then_some(*id))
                .map_or(Poll::Pending, Poll::Ready)
        });
        let until = self.shared.clock.instant(until);
        let began = crate::clock::monotonic();
        let freed = timeout_at(until.into(), any).await.ok();
        self.entry.record.queue_us += crate::entry::micros(began.elapsed());
        freed
    }

    /// Wakes the next that waits for a place at `provider`, if this request, which was woken for it, does not take it.
    fn pass_on(&self, provider: ProviderId, step: Step) {
        let taken = match step {
            Step::Send(send) => send.provider == provider,
            Step::WaitForCapacity { .. } => true,
            Step::WaitUntil(_) | Step::GiveUp(_) => false,
        };
        if !taken {
            self.runtime.provider(provider).freed.notify_one();
        }
    }

    /// The answer was delivered to its end.
    pub(crate) fn complete(&mut self) {
        self.settle(Outcome::Success {
            first_byte: self.first_byte,
        });
        self.entry.close(aigw_telemetry::Outcome::Complete);
    }

    /// The answer broke after content had gone to the caller, who got an error event or a broken connection.
    pub(crate) fn broke(&mut self, failure: &Failure, outcome: aigw_telemetry::Outcome) {
        self.count_break(failure);
        self.entry.failed(
            Some(failure.class.as_str()),
            Some(failure.kind().row().code),
            &failure.text,
        );
        self.entry.close(outcome);
    }

    /// Tells routing about a break, before another target is asked to continue.
    pub(crate) fn count_break(&mut self, failure: &Failure) {
        self.settle(if failure.blameless {
            Outcome::Cancelled
        } else {
            Outcome::Failure {
                class: failure.class,
                retry_after: failure.retry_after,
            }
        });
        self.entry
            .end_attempt(Some((failure.class.as_str(), &failure.text)));
    }

    /// What happens when a stream of the serving model breaks.
    pub(crate) fn on_break(&self) -> OnBreak {
        self.served.map_or(OnBreak::Error, |send| {
            self.runtime.model(send.model).on_break
        })
    }

    /// How long the serving provider may pause within an answer.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.served.map_or(Duration::MAX, |send| {
            self.runtime.provider(send.provider).timeouts.idle
        })
    }

    /// Where the request was last sent.
    pub(crate) const fn served(&self) -> Option<Send> {
        self.served
    }

    pub(crate) fn request_id(&self) -> &str {
        self.stamp.request_id.to_str().unwrap_or_default()
    }

    /// Upstream calls so far.
    pub(crate) fn sent(&self) -> u32 {
        self.attempts.sent()
    }

    /// The route mode so far, for header and record.
    pub(crate) fn mode(&self) -> RouteMode {
        match self.attempts.mode() {
            aigw_routing::RouteMode::Direct => RouteMode::Direct,
            aigw_routing::RouteMode::Failover => RouteMode::Failover,
            aigw_routing::RouteMode::ModelFallback => RouteMode::ModelFallback,
        }
    }

    fn begin(&mut self, send: Send) {
        self.served = Some(send);
        self.under_way = true;
        let target = self.runtime.table.target(send.target);
        let upstream_model = target
            .upstream_model
            .clone()
            .unwrap_or_else(|| Arc::from(&*self.call.model));
        let credential = send
            .credential
            .map(|id| Arc::clone(&self.runtime.credential(id).name));
        let provider = Arc::clone(&self.runtime.provider(send.provider).name);
        let mode = self.mode();
        let record = &mut self.entry.record;
        record.served_model = Some(Arc::clone(&self.runtime.table.model(send.model).name));
        record.provider = Some(Arc::clone(&provider));
        record.upstream_model = Some(Arc::clone(&upstream_model));
        record.credential.clone_from(&credential);
        record.route_mode = mode;
        record.sticky = self.attempts.is_bound();
        self.entry.begin_attempt(AttemptRecord {
            provider,
            upstream_model,
            credential,
            ..AttemptRecord::default()
        });
    }

    fn committed(&mut self, committed: Committed) -> Committed {
        self.first_byte = committed.first_byte;
        let now = self.shared.clock.now();
        self.attempts.answered(
            &self.runtime.table,
            &self.runtime.health,
            committed.first_byte,
            now,
        );
        let upstream_id = aigw_providers::upstream_request_id(&committed.headers).map(Box::from);
        self.entry.record.upstream_request_id = upstream_id;
        self.entry.record.first_byte_us = Some(crate::entry::micros(committed.first_byte));
        if let Some(attempt) = self.entry.attempt() {
            attempt.status = Some(committed.status.as_u16());
        }
        if let Some(loss) = &committed.loss {
            self.entry.add_loss(loss);
        }
        self.failure = None;
        committed
    }

    fn failed(&mut self, failure: Failure) {
        tracing::debug!(request_id = %self.entry.record.request_id, class = failure.class.as_str(), "attempt failed: {}", failure.text);
        let class = if failure.unfit {
            self.settle(Outcome::Unfit);
            UNFIT
        } else {
            self.settle(Outcome::Failure {
                class: failure.class,
                retry_after: failure.retry_after,
            });
            failure.class.as_str()
        };
        if let (Reply::Upstream(answer), Some(attempt)) = (&failure.reply, self.entry.attempt()) {
            attempt.status = Some(answer.status.as_u16());
        }
        self.entry.end_attempt(Some((class, &failure.text)));
        if failure.class == FailureClass::RateLimited {
            self.soonest = [self.soonest, failure.retry_after]
                .into_iter()
                .flatten()
                .min();
        }
        if self
            .failure
            .as_ref()
            .is_none_or(|kept| failure.weight() > kept.weight())
        {
            self.failure = Some(failure);
        }
    }

    /// Ends the attempt under way for routing, and wakes whoever waits for its place.
    fn settle(&mut self, outcome: Outcome) {
        let now = self.shared.clock.now();
        self.attempts
            .record(&self.runtime.table, &self.runtime.health, outcome, now);
        if let Some(send) = self.served.filter(|_| std::mem::take(&mut self.under_way)) {
            self.runtime.provider(send.provider).freed.notify_one();
        }
    }

    async fn wait(&mut self, pause: impl Future<Output = ()>) {
        let began = crate::clock::monotonic();
        pause.await;
        self.entry.record.queue_us += crate::entry::micros(began.elapsed());
    }

    fn refusal(&mut self, why: GiveUp) -> Refusal {
        let now = self.shared.clock.now();
        let until = |tick: Option<Tick>| tick.map(|tick| tick - now);
        let own = |kind: ErrorKind, message: &'static str, retry_after: Option<Duration>| Refusal {
            reply: Reply::Own(Error::new(kind, message).retry_after(retry_after)),
            class: None,
            retry_after,
            exhausted: false,
            loss: None,
        };
        match why {
            GiveUp::LastFailure { soonest } => match self.failure.take() {
                Some(failure) => Refusal {
                    class: Some(failure.class),
                    retry_after: match failure.class {
                        FailureClass::RateLimited => self.soonest.or(until(soonest)),
                        _ => failure.retry_after,
                    },
                    exhausted: !matches!(
                        failure.class,
                        FailureClass::InvalidRequest
                            | FailureClass::ContextLength
                            | FailureClass::ContentFilter
                    ),
                    loss: failure.loss,
                    reply: failure.reply,
                },
                None => own(ErrorKind::UpstreamUnreachable, "no target answered", None),
            },
            GiveUp::NotSpoken => own(
                ErrorKind::NotSpoken,
                "no target of this model has this endpoint",
                None,
            ),
            GiveUp::Saturated {
                soonest: Some(tick),
            } => own(
                ErrorKind::RateLimited,
                "the queue of every target's rate limit is full",
                until(Some(tick)),
            ),
            GiveUp::Saturated { soonest: None } => own(
                ErrorKind::ProviderBusy,
                "every target is at its provider's max_in_flight",
                Some(Duration::from_secs(1)),
            ),
            GiveUp::NoCandidate {
                soonest,
                class: Some(FailureClass::RateLimited),
            } => own(
                ErrorKind::RateLimited,
                "every target is held after rate-limit answers",
                until(soonest),
            ),
            GiveUp::NoCandidate { soonest, .. } => own(
                ErrorKind::Held,
                "every target is held after failures",
                until(soonest),
            ),
        }
    }
}

/// What of the call targets might lose. Looked at only where it decides between targets.
fn carries(runtime: &Runtime, call: &Call, model: ModelId) -> u64 {
    let endpoint = call.head.endpoint;
    let Some(caller) = endpoint.dialect().filter(|_| endpoint.generates()) else {
        return 0;
    };
    if !runtime.model(model).differs[caller as usize] {
        return 0;
    }
    Things::of_body(caller, &call.body.to_bytes()).of_caller(caller)
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.entry.is_closed() {
            self.settle(Outcome::Cancelled);
        }
    }
}
