//! Active probes, and the sweeping of idle upstream connections.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aigw_protocol::Body;
use http::Method;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::clock::monotonic;
use crate::gateway::Shared;
use crate::runtime::{Provider, Runtime, Transport, own_call_headers};
use crate::upstream::{Deadlines, OutgoingHead};

/// How often due probes and idle connections are looked for.
const ROUND: Duration = Duration::from_millis(250);
/// Rounds between two sweeps of idle connections.
const SWEEP_EVERY: u32 = 40;

/// Runs for ever: probes each provider at its interval, beside each other, and sweeps idle connections.
pub(crate) async fn run(shared: &Arc<Shared>) {
    let mut due: HashMap<Arc<str>, Instant> = HashMap::new();
    let mut under_way = JoinSet::new();
    let mut rounds = 0_u32;
    loop {
        let runtime = shared.runtime.load_full();
        due.retain(|name, _| {
            runtime
                .providers
                .iter()
                .any(|provider| provider.name == *name)
        });
        for index in 0..runtime.providers.len() {
            let provider = &runtime.providers[index];
            let Some(probe) = &provider.probe else {
                continue;
            };
            let now = monotonic();
            if due.get(&provider.name).is_none_or(|at| *at <= now) {
                due.insert(Arc::clone(&provider.name), now + probe.every.interval);
                under_way.spawn(probe_one(Arc::clone(shared), Arc::clone(&runtime), index));
            }
        }
        while under_way.try_join_next().is_some() {}
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(SWEEP_EVERY) {
            sweep(&runtime);
        }
        drop(runtime);
        tokio::time::sleep(ROUND).await;
    }
}

fn sweep(runtime: &Runtime) {
    let now = tokio::time::Instant::from_std(monotonic());
    for provider in &runtime.providers {
        if let Transport::Network { origin, .. } = &provider.transport {
            origin.sweep(now);
        }
    }
}

/// One probe; its verdict is kept apart from what traffic says about the provider.
async fn probe_one(shared: Arc<Shared>, runtime: Arc<Runtime>, index: usize) {
    let Some((id, _)) = runtime.table.providers().nth(index) else {
        return;
    };
    let provider = &runtime.providers[index];
    let good = ask(&runtime, provider).await;
    runtime.health.probe_result(id, good, shared.clock.now());
    if !good {
        tracing::warn!(provider = &*provider.name, "the active probe failed");
    }
}

async fn ask(runtime: &Runtime, provider: &Provider) -> bool {
    let (Transport::Network { origin, .. }, Some(probe)) = (&provider.transport, &provider.probe)
    else {
        return true;
    };
    let credential = runtime.table.credentials().find(|(id, _)| {
        let owner = runtime.table.credential(*id).provider;
        runtime.providers[owner.index()].name == provider.name
    });
    let dialect = provider.kind.dialects.first().copied();
    let fixed = credential
        .map_or(&provider.bare, |(id, _)| &runtime.credential(id).headers)
        .of(dialect);
    let own = own_call_headers(provider.kind);
    let head = OutgoingHead {
        method: &Method::GET,
        path_and_query: &probe.path,
        fixed,
        forwarded: &own,
        keep: &|_| true,
    };
    let nothing = Body::default();
    let call = origin.send(
        head,
        &nothing,
        Deadlines {
            first_byte: probe.every.timeout,
        },
    );
    match timeout(probe.every.timeout, call).await {
        Ok(Ok(incoming)) => {
            incoming.status.as_u16() < 500 && incoming.status != http::StatusCode::TOO_MANY_REQUESTS
        }
        _ => false,
    }
}
