//! The world of a simulation: a table, its health, a clock, and requests with scripted outcomes.

use std::time::Duration;

use aigw_routing::{
    Attempts, CredentialSpec, Event, Facts, FailureClass, GiveUp, Health, ModelId, ModelSpec,
    Outcome, ProviderSpec, Send, Step, Table, TableSpec, TargetSpec, Tick, Wait, plan,
};

pub(crate) struct World {
    pub(crate) table: Table,
    pub(crate) health: Health,
    pub(crate) now: Tick,
    pub(crate) seed: u64,
}

/// A table of models like `("gpt", "a b:3 c@1")`: providers with weight and priority. Providers come into being
/// when they are mentioned, with one credential named `k`.
pub(crate) fn spec(models: &[(&str, &str)]) -> TableSpec {
    let mut spec = TableSpec::default();
    for (name, targets) in models {
        let targets = targets
            .split_whitespace()
            .map(|text| target(&mut spec, text))
            .collect();
        let mut model = ModelSpec::new(*name, targets);
        model.sticky = None;
        spec.models.push(model);
    }
    spec
}

fn target(spec: &mut TableSpec, text: &str) -> TargetSpec {
    let (text, priority) = text.split_once('@').unwrap_or((text, "0"));
    let (key, weight) = text.split_once(':').unwrap_or((text, "1"));
    let known = spec
        .providers
        .iter()
        .position(|provider| &*provider.key == key);
    let provider = known.unwrap_or_else(|| {
        spec.providers.push(ProviderSpec {
            key: key.into(),
            credentials: vec![credential("k")],
            ..ProviderSpec::default()
        });
        spec.providers.len() - 1
    });
    let (weight, priority) = (weight.parse().unwrap(), priority.parse().unwrap());
    TargetSpec {
        weight,
        priority,
        ..TargetSpec::new(provider)
    }
}

pub(crate) fn credential(key: &str) -> CredentialSpec {
    CredentialSpec {
        key: key.into(),
        weight: 1,
    }
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// `ok`, `cancelled`, `unfit` or a failure class, with a number of milliseconds: the first byte's or the `retry-after`.
fn outcome(text: &str) -> Outcome {
    let (what, number) = text.split_once(' ').map_or((text, None), |(what, number)| {
        (what, Some(ms(number.parse().unwrap())))
    });
    match what {
        "ok" => Outcome::Success {
            first_byte: number.unwrap_or(ms(10)),
        },
        "cancelled" => Outcome::Cancelled,
        "unfit" => Outcome::Unfit,
        class => Outcome::Failure {
            class: class.parse().unwrap(),
            retry_after: number,
        },
    }
}

impl World {
    pub(crate) fn new(spec: TableSpec) -> World {
        let table = Table::build(spec).unwrap();
        let health = Health::new(&table);
        World {
            table,
            health,
            now: Tick::from_millis(1_000_000),
            seed: 0,
        }
    }

    pub(crate) fn model(&self, name: &str) -> ModelId {
        self.table.find(name).unwrap()
    }

    pub(crate) fn facts(&self, model: &str) -> Facts {
        Facts {
            model: self.model(model),
            needs: 0,
            prefers: 0,
            carries: 0,
            sticky_key: None,
            pinned: None,
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    pub(crate) fn start(&self, facts: &Facts) -> Attempts {
        Attempts::new(
            plan(&self.table, &self.health, facts, self.now, self.seed),
            self.now,
        )
    }

    pub(crate) fn step(&self, attempts: &mut Attempts) -> Step {
        attempts.next_step(&self.table, &self.health, self.now, self.seed)
    }

    pub(crate) fn record(&self, attempts: &mut Attempts, text: &str) {
        attempts.record(&self.table, &self.health, outcome(text), self.now);
    }

    /// Sends one request as far as its first call, which stays in flight.
    pub(crate) fn open(&self, model: &str) -> (Attempts, Send) {
        let mut attempts = self.start(&self.facts(model));
        match self.step(&mut attempts) {
            Step::Send(send) => (attempts, send),
            other => panic!("not sent: {other:?}"),
        }
    }

    /// One request to its end.
    pub(crate) fn run(&mut self, model: &str, script: &[&str]) -> String {
        self.run_with(&self.facts(model), script)
    }

    /// One request to its end, one script entry per call, with every call and wait in the log.
    pub(crate) fn run_with(&mut self, facts: &Facts, script: &[&str]) -> String {
        let mut attempts = self.start(facts);
        let mut log: Vec<String> = Vec::new();
        let mut script = script.iter();
        for _ in 0..100 {
            match self.step(&mut attempts) {
                Step::Send(send) => {
                    let text = script
                        .next()
                        .unwrap_or_else(|| panic!("script is over: {log:?}"));
                    log.push(format!("{}: {text}", self.name(&send)));
                    self.record(&mut attempts, text);
                    if matches!(outcome(text), Outcome::Success { .. } | Outcome::Cancelled) {
                        log.push(format!("= {}", attempts.mode()));
                        break;
                    }
                }
                Step::WaitUntil(until) => {
                    log.push(self.wait_text(&attempts, until));
                    self.now = self.now.max(until);
                }
                Step::WaitForCapacity { provider, until } => {
                    let key = &self.table.provider(provider).key;
                    log.push(format!(
                        "waits {:?} for capacity of {key}",
                        until - self.now
                    ));
                    self.now = self.now.max(until);
                }
                Step::GiveUp(end) => {
                    log.push(format!("= {}", self.end_text(end)));
                    break;
                }
            }
        }
        assert_eq!(
            script.next(),
            None,
            "calls that were not made, after {log:?}"
        );
        log.join("\n")
    }

    /// Many requests that end well; the providers they went to, in order.
    pub(crate) fn providers(&mut self, model: &str, count: usize) -> String {
        (0..count)
            .map(|_| {
                self.run(model, &["ok"])
                    .split(':')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    fn name(&self, send: &Send) -> String {
        let model = &self.table.model(send.model).name;
        let provider = &self.table.provider(send.provider).key;
        let credential = send.credential.map(|id| &*self.table.credential(id).key);
        let credential = match credential {
            Some("k") | None => String::new(),
            Some(key) => format!("[{key}]"),
        };
        let first = self.table.models().next().unwrap().0;
        let model = if send.model == first {
            String::new()
        } else {
            format!("{model}/")
        };
        format!(
            "{model}{provider}{credential}{}",
            if send.trial { " (trial)" } else { "" }
        )
    }

    fn wait_text(&self, attempts: &Attempts, until: Tick) -> String {
        match attempts.trace().last().unwrap().event {
            // Its length is drawn by lot; that it is within bounds is tested where it is drawn.
            Event::Waiting {
                why: Wait::Backoff, ..
            } => "waits for backoff".to_owned(),
            Event::Waiting { why, .. } => format!("waits {:?} for {why}", until - self.now),
            other => panic!("no wait: {other:?}"),
        }
    }

    fn end_text(&self, end: GiveUp) -> String {
        let soonest = |tick: Option<Tick>| match tick {
            Some(tick) => format!(", soonest {:?}", tick - self.now),
            None => String::new(),
        };
        match end {
            GiveUp::NoCandidate { soonest: at, class } => {
                let class = class.map_or("none", FailureClass::as_str);
                format!("no candidate ({class}){}", soonest(at))
            }
            GiveUp::NotSpoken => "not spoken".to_owned(),
            GiveUp::Saturated { soonest: at } => format!("saturated{}", soonest(at)),
            GiveUp::LastFailure { soonest: at } => format!("last failure{}", soonest(at)),
        }
    }
}
