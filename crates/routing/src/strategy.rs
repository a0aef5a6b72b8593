//! The order of targets within one tier (same priority, same standing).

use smallvec::SmallVec;

use crate::plan::Candidate;
use crate::policy::Strategy;
use crate::table::ModelId;
use crate::view::View;

/// Orders one tier in place: what can be used now comes first, in the order of the model's strategy.
/// With `dry` nothing is advanced. `turn` is the request's turn for round robin.
pub(crate) fn order(view: View<'_>, id: ModelId, tier: &mut [Candidate], turn: usize, dry: bool) {
    if tier.len() < 2 {
        return;
    }
    let model = view.table.model(id);
    for candidate in tier.iter_mut() {
        candidate.rank = i64::from(view.obstacle(candidate.target).is_some());
    }
    tier.sort_by_key(|candidate| candidate.rank);
    let usable = tier.partition_point(|candidate| candidate.rank == 0);
    let tier = &mut tier[..usable];
    if usable < 2 {
        return;
    }
    match model.strategy {
        Strategy::Ordered => {}
        Strategy::RoundRobin => tier.rotate_left(turn % usable),
        Strategy::Weighted => weigh(view, id, tier, dry),
        Strategy::LeastLatency => by_latency(view, tier, dry),
        Strategy::LeastBusy => by_load(view, tier, dry),
    }
}

fn weigh(view: View<'_>, id: ModelId, tier: &mut [Candidate], dry: bool) {
    let model = view.table.model(id);
    let rotation = view.health.model_rotation(id);
    let members: SmallVec<[(usize, u32); 8]> = tier
        .iter()
        .map(|candidate| {
            (
                model.position(candidate.target),
                view.table.target(candidate.target).weight,
            )
        })
        .collect();
    let mut next = 0;
    // Claims come in the order of the members, which is the order of the tier.
    let claim = |_, owed: i64| {
        tier[next].rank = owed.checked_neg().unwrap_or(i64::MAX);
        next += 1;
    };
    if dry {
        rotation.peek(members.iter().copied(), claim);
    } else {
        rotation.pick(members.iter().copied(), claim);
    }
    tier.sort_by_key(|candidate| candidate.rank);
}

/// Ties are broken by the seed, so that requests that come together do not all go to the first.
fn shuffle(view: View<'_>, tier: &mut [Candidate], dry: bool) {
    if !dry && !tier.is_empty() {
        let by = view.seed % tier.len() as u64;
        tier.rotate_left(usize::try_from(by).unwrap_or(0));
    }
}

fn by_latency(view: View<'_>, tier: &mut [Candidate], dry: bool) {
    shuffle(view, tier, dry);
    for candidate in tier.iter_mut() {
        let health = view.health.target_health(candidate.target);
        let latency = health.latency();
        // An old measurement is renewed by one request, or a target that was slow once would stay last for ever.
        let renew = !dry && latency > 0 && health.claim_measurement(view.now);
        candidate.rank = if renew {
            0
        } else {
            i64::try_from(latency).unwrap_or(i64::MAX)
        };
    }
    tier.sort_by_key(|candidate| candidate.rank);
}

fn by_load(view: View<'_>, tier: &mut [Candidate], dry: bool) {
    shuffle(view, tier, dry);
    for candidate in tier.iter_mut() {
        let weight = i64::from(view.table.target(candidate.target).weight.max(1));
        let load = i64::from(view.health.target_health(candidate.target).in_flight()) + 1;
        candidate.rank = (load << 31) / weight;
    }
    tier.sort_by_key(|candidate| candidate.rank);
}
