//! From the gateway's words to the control plane's.

use std::time::Duration;

use aigw_admin::{
    ExplainAsk, ExplainedModel, ExplainedTarget, Explanation, HealthState, ItemHealth,
    ProviderHealth,
};
use aigw_gateway::keys::{KeyHash, KeyRow, KeyRules};
use aigw_gateway::{Gateway, Hold, ProviderLook, Step, TargetLook};
use aigw_store::{KeyEntry, KeyShape};

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A client key as the gateway keeps it. A network that cannot be read lets nobody in, rather than everybody.
pub(super) fn key_row(entry: &KeyEntry) -> KeyRow {
    let policy = &entry.policy;
    let nowhere = || ipnet::IpNet::from(std::net::IpAddr::from([0, 0, 0, 0]));
    let network = |text: &String| {
        let address = || {
            text.parse::<std::net::IpAddr>()
                .map(ipnet::IpNet::from)
                .ok()
        };
        text.parse().ok().or_else(address).unwrap_or_else(nowhere)
    };
    KeyRow {
        name: policy.name.as_str().into(),
        id: (entry.shape == KeyShape::Generated).then(|| entry.id.as_str().into()),
        hash: KeyHash::new(entry.hash.0),
        rules: KeyRules {
            models: policy
                .models
                .iter()
                .map(|pattern| aigw_routing::Glob::new(pattern))
                .collect(),
            endpoints: policy
                .endpoints
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            networks: policy.ip_allow.iter().map(network).collect(),
            expires_at: policy.expires_at.map(|at| at.0),
            previous: entry
                .previous
                .map(|(hash, until)| (KeyHash::new(hash.0), until.0)),
        },
    }
}

pub(super) fn provider(look: ProviderLook) -> ProviderHealth {
    let credentials: Vec<_> = look
        .credentials
        .into_iter()
        .map(|(name, hold)| item(name, hold, (0, 0)))
        .collect();
    let targets: Vec<_> = look.targets.into_iter().map(target).collect();
    let own = item(look.name.clone(), look.hold, (0, look.in_flight)).state;
    let probed = match look.probe {
        Some(false) => HealthState::Degraded,
        Some(true) | None => HealthState::Healthy,
    };
    let parts = credentials.iter().chain(&targets).map(|one| one.state);
    ProviderHealth {
        name: look.name,
        kind: look.kind.to_owned(),
        state: parts
            .chain([own, probed])
            .max_by_key(|state| badness(*state))
            .unwrap_or(own),
        in_flight: look.in_flight,
        max_in_flight: look.max_in_flight,
        credentials,
        targets,
    }
}

const fn badness(state: HealthState) -> u8 {
    match state {
        HealthState::Disabled => 0,
        HealthState::Healthy => 1,
        HealthState::Degraded => 2,
        HealthState::Held => 3,
    }
}

fn target(look: TargetLook) -> ItemHealth {
    let name = match look.upstream_model {
        Some(upstream) => format!("{} → {upstream}", look.model),
        None => look.model,
    };
    item(name, look.hold, (look.failures, look.in_flight))
}

fn item(name: String, hold: Option<Hold>, (failures, in_flight): (u32, u32)) -> ItemHealth {
    let state = match hold {
        Some(hold) if !hold.left.is_zero() => HealthState::Held,
        // Its time is over, and the next request is the trial.
        Some(_) => HealthState::Degraded,
        None if failures > 0 => HealthState::Degraded,
        None => HealthState::Healthy,
    };
    ItemHealth {
        name,
        state,
        reason: hold.map(|hold| hold.class.as_str().to_owned()),
        left_ms: hold.map(|hold| milliseconds(hold.left)),
        in_flight,
    }
}

pub(super) fn explanation(gateway: &Gateway, ask: &ExplainAsk) -> Result<Explanation, String> {
    let dialect = ask.dialect.as_deref().unwrap_or("openai_chat");
    let dialect = aigw_protocol::Dialect::ALL
        .into_iter()
        .find(|known| known.as_str() == dialect)
        .ok_or_else(|| format!("there is no dialect `{dialect}`"))?;
    let (revision, steps) = gateway.explain(&ask.model, dialect, ask.key.as_deref())?;
    let mut models: Vec<ExplainedModel> = Vec::new();
    for step in steps {
        if models.last().is_none_or(|last| last.model != step.model) {
            models.push(ExplainedModel {
                model: step.model.clone(),
                targets: Vec::new(),
                skipped: None,
            });
        }
        if let Some(model) = models.last_mut() {
            add(model, step);
        }
    }
    Ok(Explanation {
        revision: revision.parse().unwrap_or_default(),
        asked: ask.model.clone(),
        refused: None,
        models,
    })
}

fn add(model: &mut ExplainedModel, step: Step) {
    let Some(target) = step.target else {
        model.skipped = Some(step.words);
        return;
    };
    model.targets.push(ExplainedTarget {
        provider: target.provider,
        upstream_model: target.upstream_model,
        upstream_dialect: target.dialect.map(str::to_owned),
        rank: step.rank,
        skipped: step.rank.is_none().then_some(step.words),
    });
}
