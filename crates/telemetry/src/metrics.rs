//! Prometheus metrics, fed from finished records and from gauges read at scrape time.

use std::fmt::Write;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::{AttemptRecord, RequestRecord};

/// Upper bounds, in seconds, of the duration histograms: 5 ms to 10 minutes.
const SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 180.0, 600.0,
];
/// Upper bounds, in seconds, of the gateway's own share: 20 µs to 100 ms.
const OVERHEAD_SECONDS: [f64; 9] = [
    0.000_02, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1,
];

/// The gateway's metrics. Labels are bounded: endpoints, providers, route modes, status codes and failure classes, and
/// never names that a caller can choose.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    attempts: Family<AttemptLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
    duration: Family<EndpointLabels, Histogram>,
    first_token: Family<EndpointLabels, Histogram>,
    overhead: Histogram,
    malformed: Counter,
    /// The series of the last request: the next one mostly counts in the same.
    last: Mutex<Option<Series>>,
    dropped: Gauge<u64, AtomicU64>,
    in_flight: Gauge<u64, AtomicU64>,
    connections: Gauge<u64, AtomicU64>,
}

/// Values that are read when the metrics are scraped.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gauges {
    /// Requests being served.
    pub in_flight: u64,
    /// Open client connections.
    pub connections: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: &'static str,
    provider: String,
    route_mode: &'static str,
    status: u16,
    error_class: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    provider: String,
    error_class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    provider: String,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: &'static str,
}

/// Everything that requests with the same labels count in.
#[derive(Debug)]
struct Series {
    labels: RequestLabels,
    requests: Counter,
    /// Upstream calls of that provider that served.
    served: Counter,
    tokens: [Counter; 3],
    duration: Histogram,
    first_token: Histogram,
}

impl Series {
    fn takes(&self, record: &RequestRecord) -> bool {
        let labels = &self.labels;
        labels.status == record.status
            && labels.endpoint == record.endpoint
            && labels.provider == record.provider.as_deref().unwrap_or_default()
            && labels.route_mode == record.route_mode.as_str()
            && labels.error_class == record.error_class.unwrap_or("")
            && labels.outcome == record.outcome.as_str()
    }
}

fn counts(record: &RequestRecord) -> [Option<u64>; 3] {
    [record.usage.input, record.usage.cached, record.usage.output]
}

fn attempt_labels(attempt: &AttemptRecord) -> AttemptLabels {
    AttemptLabels {
        provider: attempt.provider.to_string(),
        error_class: attempt.class.unwrap_or(""),
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("aigw");
        let requests = Family::default();
        registry.register(
            "requests",
            "Requests finished, by how they ended",
            requests.clone(),
        );
        let attempts = Family::default();
        registry.register(
            "upstream_attempts",
            "Upstream calls, by failure class (none: served)",
            attempts.clone(),
        );
        let tokens = Family::default();
        registry.register("tokens", "Tokens reported by upstreams", tokens.clone());
        let seconds: fn() -> Histogram = || Histogram::new(SECONDS);
        let duration = Family::new_with_constructor(seconds);
        registry.register_with_unit(
            "request_duration",
            "From arrival to the last byte",
            Unit::Seconds,
            duration.clone(),
        );
        let first_token = Family::new_with_constructor(seconds);
        registry.register_with_unit(
            "first_token",
            "From arrival to the first content event",
            Unit::Seconds,
            first_token.clone(),
        );
        let overhead = Histogram::new(OVERHEAD_SECONDS);
        registry.register_with_unit(
            "overhead",
            "The gateway's own time before the upstream call",
            Unit::Seconds,
            overhead.clone(),
        );
        let malformed = Counter::default();
        registry.register(
            "malformed_events",
            "Stream events left out because they were not JSON",
            malformed.clone(),
        );
        let dropped = Gauge::default();
        registry.register(
            "dropped_records",
            "Records dropped because the queue was full",
            dropped.clone(),
        );
        let in_flight = Gauge::default();
        registry.register(
            "requests_in_flight",
            "Requests being served",
            in_flight.clone(),
        );
        let connections = Gauge::default();
        registry.register(
            "client_connections",
            "Open client connections",
            connections.clone(),
        );
        Self {
            registry,
            requests,
            attempts,
            tokens,
            duration,
            first_token,
            overhead,
            malformed,
            last: Mutex::default(),
            dropped,
            in_flight,
            connections,
        }
    }
}

impl Metrics {
    /// Counts one finished request.
    pub fn observe(&self, record: &RequestRecord) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let series = match last.take() {
            Some(series) if series.takes(record) => last.insert(series),
            _ => last.insert(self.series(record)),
        };
        series.requests.inc();
        for (counter, count) in series.tokens.iter().zip(counts(record)) {
            if let Some(count) = count {
                counter.inc_by(count);
            }
        }
        series.duration.observe(seconds(record.total_us));
        if let Some(us) = record.first_token_us {
            series.first_token.observe(seconds(us));
        }
        for attempt in &record.attempts {
            if attempt.class.is_none() && Some(&attempt.provider) == record.provider.as_ref() {
                series.served.inc();
            } else {
                self.attempts.get_or_create(&attempt_labels(attempt)).inc();
            }
        }
        if !record.attempts.is_empty() {
            self.overhead.observe(seconds(record.overhead_us));
        }
        self.malformed.inc_by(u64::from(record.malformed_events));
    }

    fn series(&self, record: &RequestRecord) -> Series {
        let provider = record.provider.as_deref().unwrap_or_default();
        let labels = RequestLabels {
            endpoint: record.endpoint,
            provider: provider.to_owned(),
            route_mode: record.route_mode.as_str(),
            status: record.status,
            error_class: record.error_class.unwrap_or(""),
            outcome: record.outcome.as_str(),
        };
        let endpoint = EndpointLabels {
            endpoint: record.endpoint,
        };
        let served = AttemptLabels {
            provider: provider.to_owned(),
            error_class: "",
        };
        let tokens = |kind| {
            let provider = provider.to_owned();
            self.tokens
                .get_or_create_owned(&TokenLabels { provider, kind })
        };
        Series {
            requests: self.requests.get_or_create_owned(&labels),
            served: self.attempts.get_or_create_owned(&served),
            tokens: ["input", "cached", "output"].map(tokens),
            duration: self.duration.get_or_create_owned(&endpoint),
            first_token: self.first_token.get_or_create_owned(&endpoint),
            labels,
        }
    }

    /// Sets how many records have been dropped so far.
    pub fn set_dropped(&self, records: u64) {
        self.dropped.set(records);
    }

    /// The text exposition (`OpenMetrics`) of everything counted, with `gauges` as of now.
    pub fn render(&self, gauges: Gauges) -> String {
        self.in_flight.set(gauges.in_flight);
        self.connections.set(gauges.connections);
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
            let _ = write!(text, "# EOF");
        }
        text
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a histogram needs no more than 53 bits"
)]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_requests_attempts_and_tokens() {
        let metrics = Metrics::default();
        let mut record = RequestRecord {
            endpoint: "responses",
            status: 200,
            total_us: 1500,
            ..RequestRecord::default()
        };
        record.usage.input = Some(7);
        record.attempts.push(AttemptRecord {
            provider: "a".into(),
            class: Some("timeout"),
            ..AttemptRecord::default()
        });
        record.attempts.push(AttemptRecord {
            provider: "b".into(),
            ..AttemptRecord::default()
        });
        metrics.observe(&record);
        let text = metrics.render(Gauges {
            in_flight: 2,
            connections: 3,
        });
        for line in [
            r#"aigw_upstream_attempts_total{provider="a",error_class="timeout"} 1"#,
            r#"aigw_tokens_total{provider="",kind="input"} 7"#,
            r#"aigw_request_duration_seconds_count{endpoint="responses"} 1"#,
            "aigw_requests_in_flight 2",
            "aigw_client_connections 3",
        ] {
            assert!(text.contains(line), "{line} missing in\n{text}");
        }
    }
}
