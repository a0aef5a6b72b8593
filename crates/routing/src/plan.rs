//! The order in which targets are tried.

use smallvec::SmallVec;

use crate::health::{Bound, Health};
use crate::policy::Strategy;
use crate::strategy;
use crate::table::{CredentialId, Identity, Model, ModelId, ProviderId, Table, TargetId};
use crate::tick::Tick;
use crate::trace::{Skip, Trace, TraceEntry};
use crate::view::View;

/// What routing has to know about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The model that the caller asked for, as found in the table.
    pub model: ModelId,
    /// Capability bits that the provider must have, all of them.
    pub needs: u32,
    /// Capability bits that it had better have: targets of providers without them come after the others of their
    /// priority.
    pub prefers: u32,
    /// What is in the request that a target might lose: bits of [`ProviderSpec::keeps`](crate::ProviderSpec::keeps).
    /// Targets of providers that lack one of them come after the others of their priority.
    pub carries: u64,
    /// Hash of what binds the request to a target, including the client key and the model; `None` binds nothing.
    pub sticky_key: Option<u64>,
    /// The only target to use, whatever its health: one attempt, no fallback, no effect on health (probes).
    pub pinned: Option<TargetId>,
}

/// The ordered candidates of a request's model; what follows after failures is decided by [`Attempts`](crate::Attempts).
#[derive(Debug)]
pub struct Plan {
    pub(crate) facts: Facts,
    pub(crate) candidates: Candidates,
    pub(crate) trace: Trace,
}

pub(crate) type Candidates = SmallVec<[Candidate; 2]>;

/// A target that may be sent to, and what happened to it so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) target: TargetId,
    pub(crate) provider: ProviderId,
    /// The credential that the caller is bound to.
    pub(crate) preferred: Option<CredentialId>,
    /// Lower tiers are tried first.
    pub(crate) tier: u64,
    /// What of the request its provider would lose.
    pub(crate) loses: u64,
    /// Scratch value of the ordering.
    pub(crate) rank: i64,
    pub(crate) progress: Progress,
    /// The reason to skip it that is already in the trace.
    pub(crate) noted: Option<Skip>,
    /// It had its second chance.
    pub(crate) retried: bool,
}

/// How far a request got with one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// May be sent to at once: not tried yet, or refused with one of several credentials.
    Open,
    /// Failed, but may be asked once more, not before this time and after a backoff.
    Backoff(Tick),
    /// One of its credentials was told to slow down: others may be used at once, the same one after its hold.
    Limited,
    /// Not in this request.
    Done,
}

/// Orders the candidates for one request: what it is bound to, then by priority, within a priority by what they
/// would lose of it, by dialect and by strategy; providers whose active probe fails come last.
pub fn plan(table: &Table, health: &Health, facts: &Facts, now: Tick, seed: u64) -> Plan {
    let view = View {
        table,
        health,
        now,
        seed,
    };
    let mut trace = Trace::default();
    let candidates = candidates(view, facts, facts.model, Some(&mut trace));
    Plan {
        facts: *facts,
        candidates,
        trace,
    }
}

/// The candidates of one model of the chain. Without a trace nothing is advanced (a dry run).
pub(crate) fn candidates(
    view: View<'_>,
    facts: &Facts,
    id: ModelId,
    mut trace: Option<&mut Trace>,
) -> Candidates {
    if let Some(pinned) = facts.pinned {
        return SmallVec::from_elem(
            Candidate::new(pinned, view.table.target(pinned).provider),
            1,
        );
    }
    let bound = bound(view, facts, id);
    let mut candidates = Candidates::new();
    for &target in &view.table.model(id).by_priority {
        match (candidate(view, facts, target, bound), &mut trace) {
            (Ok(candidate), trace) => {
                if let (Some(trace), true) = (trace, candidate.loses != 0 && candidate.tier > 0) {
                    trace.loses(view.now, id, target, candidate.loses);
                }
                candidates.push(candidate);
            }
            (Err(skip), Some(trace)) => trace.skipped(view.now, id, Some(target), skip),
            (Err(_), None) => {}
        }
    }
    if candidates.len() > 1 {
        order(view, id, &mut candidates, trace.is_none());
    }
    candidates
}

/// The targets that are no candidates, and why.
pub(crate) fn unusable(view: View<'_>, facts: &Facts, id: ModelId) -> Vec<TraceEntry> {
    let mut trace = Trace::default();
    let bound = bound(view, facts, id);
    for &target in &view.table.model(id).by_priority {
        if let (None, Err(skip)) = (facts.pinned, candidate(view, facts, target, bound)) {
            trace.skipped(view.now, id, Some(target), skip);
        }
    }
    trace.entries().to_vec()
}

fn bound(view: View<'_>, facts: &Facts, id: ModelId) -> Option<Bound> {
    let key = sticky_key(facts, view.table.model(id))?;
    view.health.bindings().find(key, view.now)
}

fn candidate(
    view: View<'_>,
    facts: &Facts,
    id: TargetId,
    bound: Option<Bound>,
) -> Result<Candidate, Skip> {
    let target = view.table.target(id);
    let provider = view.table.provider(target.provider);
    let mut candidate = Candidate::new(id, target.provider);
    candidate.loses = facts.carries & !provider.keeps;
    if provider.capabilities & facts.needs != facts.needs {
        return Err(Skip::NotSpoken);
    }
    if let Some(bound) = bound.filter(|bound| bound.target == target.identity) {
        candidate.preferred = provider.credentials().find(|credential| {
            Some(view.table.credential(*credential).identity) == bound.credential
        });
    } else if target.weight == 0 {
        return Err(Skip::Drained);
    } else {
        let failing = view.health.provider_health(target.provider).probe_failing();
        let second_best = provider.capabilities & facts.prefers != facts.prefers;
        candidate.tier = 1
            + 4 * u64::from(target.priority)
            + 2 * u64::from(candidate.loses != 0)
            + u64::from(second_best)
            + (u64::from(failing) << 35);
    }
    Ok(candidate)
}

fn order(view: View<'_>, id: ModelId, candidates: &mut Candidates, dry: bool) {
    candidates.sort_by_key(|candidate| candidate.tier);
    let rotation = view.health.model_rotation(id);
    // One turn for all tiers: a turn per tier would always give the first tier the even ones.
    let turn = match view.table.model(id).strategy {
        Strategy::RoundRobin if !dry => rotation.turn(),
        _ => rotation.peek_turn(),
    };
    for tier in candidates.chunk_by_mut(|a, b| a.tier == b.tier) {
        strategy::order(view, id, tier, turn, dry);
    }
}

/// The key of the request's binding within one model of the chain.
pub(crate) fn sticky_key(facts: &Facts, model: &Model) -> Option<u64> {
    model.sticky.as_ref()?;
    let Identity(salt) = model.identity;
    Some(mixed(facts.sticky_key? ^ salt))
}

/// Spreads the bits of a number over all of it (the finaliser of `SplitMix64`).
pub(crate) fn mixed(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl Candidate {
    fn new(target: TargetId, provider: ProviderId) -> Candidate {
        Candidate {
            target,
            provider,
            preferred: None,
            tier: 0,
            loses: 0,
            rank: 0,
            progress: Progress::Open,
            noted: None,
            retried: false,
        }
    }
}
