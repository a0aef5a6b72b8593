//! Looking at what serves, from outside: health, and where a request would go.

use std::time::Duration;

use aigw_protocol::{Dialect, Endpoint};
use aigw_routing::{Event, Facts, FailureClass, ModelId, TargetId, Tick, TraceEntry};

use crate::gateway::Gateway;
use crate::runtime::{Runtime, needs, prefers};

/// A failure that holds something out, and for how long still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The class of the failure.
    pub class: FailureClass,
    /// Time left; zero when only a trial may go there.
    pub left: Duration,
}

/// A provider as it does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLook {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its own hold: after failures of what has no credentials.
    pub hold: Option<Hold>,
    /// The verdict of the last active probe; true is good.
    pub probe: Option<bool>,
    /// Requests under way there.
    pub in_flight: u32,
    /// Most requests that may be under way there.
    pub max_in_flight: Option<u32>,
    /// Its credentials by name, with their holds.
    pub credentials: Vec<(String, Option<Hold>)>,
    /// Its targets.
    pub targets: Vec<TargetLook>,
}

/// A target as it does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetLook {
    /// The public model.
    pub model: String,
    /// The model's name there; `None` for the name that the caller sends.
    pub upstream_model: Option<String>,
    /// Why it is held out.
    pub hold: Option<Hold>,
    /// Failures counted towards the next hold.
    pub failures: u32,
    /// Requests under way there.
    pub in_flight: u32,
}

/// One line of where a request would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The public model whose turn it would be.
    pub model: String,
    /// The target; `None` when the line is about the model.
    pub target: Option<StepTarget>,
    /// Place among the usable targets of the model, from 1; `None` if it would not be used.
    pub rank: Option<u32>,
    /// What is said about it, in words.
    pub words: String,
}

/// A target of a [`Step`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTarget {
    /// Its provider.
    pub provider: String,
    /// The model's name there; `None` for the name that the caller sends.
    pub upstream_model: Option<String>,
    /// The dialect that it would be asked in.
    pub dialect: Option<&'static str>,
}

impl Gateway {
    /// The revision that new requests are served with.
    pub fn revision(&self) -> String {
        self.shared().runtime.load().revision.text.to_string()
    }

    /// Every enabled provider as it does now, in the order of the configuration.
    pub fn look(&self) -> Vec<ProviderLook> {
        let runtime = self.shared().runtime.load_full();
        let now = self.shared().clock.now();
        let providers = runtime.table.providers().map(|(id, provider)| {
            let state = runtime.health.provider(id, now);
            let credentials = provider.credentials().map(|id| {
                let held = runtime.health.credential(id, now).held;
                let name = runtime.credential(id).name.to_string();
                (name, hold(held, now))
            });
            let own = |(_, target): &(TargetId, &aigw_routing::Target)| target.provider == id;
            ProviderLook {
                name: runtime.provider(id).name.to_string(),
                kind: runtime.provider(id).kind.id,
                hold: hold(state.held, now),
                probe: state.probe.map(|(good, _)| good),
                in_flight: state.in_flight,
                max_in_flight: provider.max_in_flight,
                credentials: credentials.collect(),
                targets: runtime
                    .table
                    .targets()
                    .filter(own)
                    .map(|(id, _)| target(&runtime, id, now))
                    .collect(),
            }
        });
        providers.collect()
    }

    /// Where a request of a caller who speaks `dialect` would go now: what would be tried in which order, and what would
    /// not be and why, fallbacks included; and the revision that says so. `key` is the name of the client key that it would come with.
    ///
    /// # Errors
    /// There is no such model or key, or the key may not use the model.
    pub fn explain(
        &self,
        model: &str,
        dialect: Dialect,
        key: Option<&str>,
    ) -> Result<(String, Vec<Step>), String> {
        let runtime = self.shared().runtime.load_full();
        let now = self.shared().clock.now();
        let asked = runtime.rewrites.apply(model, "").unwrap_or(model);
        let id = runtime
            .table
            .find(asked)
            .ok_or_else(|| format!("there is no model `{asked}`"))?;
        if let Some(name) = key {
            let key = self.shared().options.keys.named(name);
            let key = key.ok_or_else(|| format!("there is no client key named `{name}`"))?;
            if !key.rules.allows_model(asked, &runtime.table.model(id).name) {
                return Err(format!(
                    "the client key `{name}` may not use the model `{asked}`"
                ));
            }
        }
        let endpoint = asked_at(dialect);
        let facts = Facts {
            model: id,
            needs: needs(endpoint),
            prefers: prefers(endpoint),
            carries: 0,
            sticky_key: None,
            pinned: None,
        };
        let entries = aigw_routing::explain(&runtime.table, &runtime.health, &facts, now);
        let steps = entries.iter().map(|entry| step(&runtime, entry, dialect));
        Ok((runtime.revision.text.to_string(), steps.collect()))
    }
}

/// The endpoint where callers of a dialect ask for answers.
fn asked_at(dialect: Dialect) -> Endpoint {
    match dialect {
        Dialect::OpenaiChat => Endpoint::ChatCompletions,
        Dialect::OpenaiResponses => Endpoint::Responses,
        Dialect::AnthropicMessages => Endpoint::Messages,
        Dialect::GeminiGenerate => Endpoint::Generate,
    }
}

fn hold(held: Option<(FailureClass, Tick)>, now: Tick) -> Option<Hold> {
    held.map(|(class, until)| Hold {
        class,
        left: Duration::from_micros(until.0.saturating_sub(now.0)),
    })
}

fn target(runtime: &Runtime, id: TargetId, now: Tick) -> TargetLook {
    let target = runtime.table.target(id);
    let state = runtime.health.target(id, now);
    TargetLook {
        model: model_name(runtime, target.model),
        upstream_model: target.upstream_model.as_deref().map(str::to_owned),
        hold: hold(state.held, now),
        failures: state.failures,
        in_flight: state.in_flight,
    }
}

fn step(runtime: &Runtime, entry: &TraceEntry, dialect: Dialect) -> Step {
    let target = entry.target.map(|id| {
        let target = runtime.table.target(id);
        let provider = runtime.provider(target.provider);
        StepTarget {
            provider: provider.name.to_string(),
            upstream_model: target.upstream_model.as_deref().map(str::to_owned),
            dialect: provider.spoken.serving(dialect).map(Dialect::as_str),
        }
    });
    let rank = match entry.event {
        Event::Candidate { rank, .. } => Some(rank),
        _ => None,
    };
    let line = entry.display(&runtime.table).to_string();
    let words = line.split_once(": ").map_or("", |(_, words)| words);
    Step {
        model: model_name(runtime, entry.model),
        target,
        rank,
        words: words.to_owned(),
    }
}

fn model_name(runtime: &Runtime, id: ModelId) -> String {
    runtime.table.model(id).name.to_string()
}
