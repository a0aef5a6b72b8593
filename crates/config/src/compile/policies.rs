//! Routing policies: the document's own, and what a model overrides.

use aigw_routing::{
    ClassSet, CooldownPolicy, DEFAULT_FALLBACK_ON, OnBreak, RetryPolicy, StickyPolicy,
};

use super::or;
use crate::document::{CooldownDoc, FallbackClass, RetryDoc, RoutingDoc, StickyDoc, StreamDoc};
use crate::findings::Finding;
use crate::read::{At, Off, Reader};

/// The policies of one model, or of all that do not override them.
#[derive(Debug, Clone)]
pub(super) struct Policies {
    pub(super) retry: RetryPolicy,
    pub(super) cooldown: CooldownPolicy,
    pub(super) fallback_on: ClassSet,
    pub(super) sticky: Option<StickyPolicy>,
    pub(super) on_break: OnBreak,
}

/// The policies of the section `routing`.
pub(super) fn global(reader: &mut Reader<'_>, document: RoutingDoc) -> Policies {
    Policies {
        retry: retry(reader, RetryPolicy::default(), document.retry),
        cooldown: cooldown(CooldownPolicy::default(), document.cooldown),
        fallback_on: fallback_on(DEFAULT_FALLBACK_ON, document.fallback_on),
        sticky: sticky(Some(StickyPolicy::default()), document.sticky),
        on_break: on_break(OnBreak::default(), document.stream),
    }
}

/// `base` with what is written in its place.
pub(super) fn retry(
    reader: &mut Reader<'_>,
    base: RetryPolicy,
    written: Option<At<RetryDoc>>,
) -> RetryPolicy {
    let Some(At {
        value: document,
        node,
    }) = written
    else {
        return base;
    };
    let policy = RetryPolicy {
        attempts: or(document.attempts, base.attempts),
        backoff: or(document.backoff, base.backoff),
        backoff_max: or(document.backoff_max, base.backoff_max),
        retry_after_max: or(document.retry_after_max, base.retry_after_max),
        budget: or(document.budget, base.budget),
    };
    if policy.backoff > policy.backoff_max {
        let finding = Finding::error("conflict", "`backoff` is longer than `backoff_max`");
        reader.report_key(
            node,
            finding.hint("`backoff` is where the doubling begins, `backoff_max` where it ends"),
        );
    }
    policy
}

/// `base` with what is written in its place.
pub(super) fn cooldown(base: CooldownPolicy, written: Option<At<CooldownDoc>>) -> CooldownPolicy {
    let Some(At {
        value: document, ..
    }) = written
    else {
        return base;
    };
    CooldownPolicy {
        failures: or(document.failures, base.failures),
        window: or(document.window, base.window),
        hold: or(document.hold, base.hold),
    }
}

/// `base`, unless another set is written.
pub(super) fn fallback_on(base: ClassSet, written: Option<At<Vec<At<FallbackClass>>>>) -> ClassSet {
    written.map_or(base, |at| {
        at.value.into_iter().map(|class| class.value.0).collect()
    })
}

/// `base` with what is written in its place; overriding what is off begins at the defaults.
pub(super) fn sticky(
    base: Option<StickyPolicy>,
    written: Option<At<Off<StickyDoc>>>,
) -> Option<StickyPolicy> {
    let document = match written.map(|at| at.value) {
        None => return base,
        Some(Off::Off) => return None,
        Some(Off::On(document)) => document,
    };
    let base = base.unwrap_or_default();
    let by = document
        .by
        .map(|at| at.value.into_iter().map(|source| source.value).collect());
    Some(StickyPolicy {
        by: by.unwrap_or(base.by),
        ttl: or(document.ttl, base.ttl),
    })
}

/// `base`, unless another way is written.
pub(super) fn on_break(base: OnBreak, written: Option<At<StreamDoc>>) -> OnBreak {
    written
        .and_then(|at| at.value.on_break)
        .map_or(base, |at| at.value)
}
