//! What holds for every table, every sequence of outcomes and every interleaving of requests.

#![expect(clippy::unwrap_used, reason = "a helper that fails stops its test")]

use std::collections::HashMap;
use std::time::Duration;

use aigw_routing::{
    Attempts, ClassSet, CredentialSpec, Facts, FailureClass, Health, ModelSpec, Outcome,
    ProviderSpec, RateLimit, Send, Step, StickyPolicy, Strategy as Order, Table, TableSpec,
    TargetId, TargetSpec, Tick, plan,
};
use proptest::prelude::*;

fn provider() -> impl Strategy<Value = ProviderSpec> {
    let limit = (1_u32..50, 1_u32..4, 0_u64..500).prop_map(|(rate, burst, wait)| RateLimit {
        requests_per_second: f64::from(rate),
        burst,
        max_wait: Duration::from_millis(wait),
    });
    let pool = prop::collection::vec(0_u32..3, 0..4);
    (prop::option::of(0_u32..4), prop::option::of(limit), pool).prop_map(
        |(max_in_flight, rate_limit, weights)| ProviderSpec {
            max_in_flight,
            rate_limit,
            credentials: weights
                .into_iter()
                .enumerate()
                .map(|(index, weight)| CredentialSpec {
                    key: index.to_string().into(),
                    weight,
                })
                .collect(),
            ..ProviderSpec::default()
        },
    )
}

fn model(providers: usize, models: usize) -> impl Strategy<Value = ModelSpec> {
    let target =
        (0..providers, 0_u32..3, 0_u32..3).prop_map(|(provider, weight, priority)| TargetSpec {
            weight,
            priority,
            ..TargetSpec::new(provider)
        });
    (
        prop::collection::vec(target, 0..4),
        prop::collection::vec(0..models, 0..3),
        (0_u32..6, 0_u32..4, 0_u64..3000),
        prop::sample::select(Order::ALL),
        any::<bool>(),
    )
        .prop_map(
            |(targets, fallbacks, (attempts, failures, budget), strategy, sticky)| {
                let mut model = ModelSpec::new("", targets);
                model.fallbacks = fallbacks;
                model.retry.attempts = attempts;
                model.retry.budget = Duration::from_millis(budget);
                model.cooldown.failures = failures;
                model.cooldown.hold = Duration::from_millis(500);
                model.strategy = strategy;
                model.sticky = sticky.then(StickyPolicy::default);
                model.fallback_on = FailureClass::ALL.iter().copied().collect::<ClassSet>();
                model
            },
        )
}

fn table() -> impl Strategy<Value = Table> {
    (prop::collection::vec(provider(), 1..4), 1_usize..4)
        .prop_flat_map(|(providers, models)| {
            let model = model(providers.len(), models);
            (Just(providers), prop::collection::vec(model, models))
        })
        .prop_map(|(mut providers, mut models)| {
            for (index, provider) in providers.iter_mut().enumerate() {
                provider.key = format!("p{index}").into();
            }
            for (index, model) in models.iter_mut().enumerate() {
                model.name = format!("m{index}").into();
            }
            let capacity_wait = Duration::from_millis(300);
            Table::build(TableSpec {
                things: Vec::new(),
                providers,
                models,
                capacity_wait,
            })
            .unwrap()
        })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let failure = (
        prop::sample::select(FailureClass::ALL),
        prop::option::of(0_u64..2000),
    )
        .prop_map(|(class, wait)| Outcome::Failure {
            class,
            retry_after: wait.map(Duration::from_millis),
        });
    prop_oneof![
        6 => failure,
        2 => (1_u64..500).prop_map(|wait| Outcome::Success { first_byte: Duration::from_millis(wait) }),
        1 => Just(Outcome::Cancelled),
        1 => Just(Outcome::Unfit),
    ]
}

/// One move in the life of several requests.
#[derive(Debug, Clone, Copy)]
enum Move {
    Begin { model: usize, key: Option<u64> },
    Step { request: usize },
    Answered { request: usize },
    Record { request: usize, outcome: Outcome },
    Drop { request: usize },
    Pass { millis: u64 },
    Probe { provider: usize, ok: bool },
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (any::<usize>(), prop::option::of(0_u64..3)).prop_map(|(model, key)| Move::Begin { model, key }),
        6 => any::<usize>().prop_map(|request| Move::Step { request }),
        1 => any::<usize>().prop_map(|request| Move::Answered { request }),
        5 => (any::<usize>(), outcome()).prop_map(|(request, outcome)| Move::Record { request, outcome }),
        1 => any::<usize>().prop_map(|request| Move::Drop { request }),
        2 => (0_u64..700).prop_map(|millis| Move::Pass { millis }),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(provider, ok)| Move::Probe { provider, ok }),
    ]
}

struct Requests<'t> {
    table: &'t Table,
    health: &'t Health,
    now: Tick,
    running: Vec<(Attempts, Option<Send>)>,
}

impl Requests<'_> {
    fn begin(&mut self, model: usize, key: Option<u64>) {
        let (model, _) = self
            .table
            .models()
            .nth(model % self.table.models().len())
            .unwrap();
        let facts = Facts {
            model,
            needs: 0,
            prefers: 0,
            carries: 0,
            sticky_key: key,
            pinned: None,
        };
        let plan = plan(self.table, self.health, &facts, self.now, 3);
        self.running.push((Attempts::new(plan, self.now), None));
    }

    /// The targets that must not get a request now.
    fn closed(&self, target: TargetId) -> bool {
        let state = self.health.target(target, self.now);
        let held = state.held.is_some() && (!state.half_open || state.trial_underway);
        let id = self.table.target(target).provider;
        let provider = self.table.provider(id);
        let mut pool = provider.credentials();
        let no_credential = match pool.len() {
            0 => self.health.provider(id, self.now).held.is_some(),
            _ => pool.all(|id| self.health.credential(id, self.now).held.is_some()),
        };
        let in_flight = self.health.provider(id, self.now).in_flight;
        held || no_credential || provider.max_in_flight.is_some_and(|most| in_flight >= most)
    }

    fn step(&mut self, request: usize) {
        let closed: Vec<TargetId> = self
            .table
            .targets()
            .map(|(id, _)| id)
            .filter(|id| self.closed(*id))
            .collect();
        let busy = self.running[request].1.is_some();
        let (attempts, sent) = &mut self.running[request];
        if busy {
            return;
        }
        if let Step::Send(send) = attempts.next_step(self.table, self.health, self.now, 3) {
            assert!(!closed.contains(&send.target), "{send:?}");
            if let Some(credential) = send.credential {
                assert_eq!(self.health.credential(credential, self.now).held, None);
            }
            *sent = Some(send);
        }
    }

    fn play(&mut self, next: Move) {
        let running = self.running.len().max(1);
        match next {
            Move::Begin { model, key } => self.begin(model, key),
            Move::Pass { millis } => self.now = self.now + Duration::from_millis(millis),
            Move::Probe { provider, ok } => {
                let count = self.table.providers().len();
                let (id, _) = self.table.providers().nth(provider % count).unwrap();
                self.health.probe_result(id, ok, self.now);
            }
            _ if self.running.is_empty() => {}
            Move::Step { request } => self.step(request % running),
            Move::Answered { request } => {
                let (attempts, _) = &mut self.running[request % running];
                attempts.answered(self.table, self.health, Duration::from_millis(5), self.now);
            }
            Move::Record { request, outcome } => {
                let (attempts, sent) = &mut self.running[request % running];
                attempts.record(self.table, self.health, outcome, self.now);
                *sent = None;
            }
            Move::Drop { request } => drop(self.running.swap_remove(request % running)),
        }
        self.check_counts();
    }

    fn check_counts(&self) {
        let mut targets: HashMap<(&str, &str), u32> = HashMap::new();
        let mut trials: HashMap<(&str, &str), u32> = HashMap::new();
        let mut providers: HashMap<_, u32> = HashMap::new();
        let name = |id: TargetId| {
            let target = self.table.target(id);
            let provider = &*self.table.provider(target.provider).key;
            (provider, &*self.table.model(target.model).name)
        };
        for send in self.running.iter().filter_map(|(_, sent)| *sent) {
            *targets.entry(name(send.target)).or_default() += 1;
            *trials.entry(name(send.target)).or_default() += u32::from(send.trial);
            *providers.entry(send.provider).or_default() += 1;
        }
        for (id, _) in self.table.targets() {
            let in_flight = self.health.target(id, self.now).in_flight;
            assert_eq!(
                in_flight,
                targets.get(&name(id)).copied().unwrap_or_default()
            );
        }
        for (id, provider) in self.table.providers() {
            let in_flight = self.health.provider(id, self.now).in_flight;
            assert_eq!(in_flight, providers.get(&id).copied().unwrap_or_default());
            assert!(provider.max_in_flight.is_none_or(|most| in_flight <= most));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any outcomes: a request ends after a bounded number of calls and steps, and leaves nothing behind.
    #[test]
    fn every_request_ends(
        table in table(),
        outcomes in prop::collection::vec(outcome(), 1..12),
        requests in 1_usize..12,
        seed in any::<u64>(),
    ) {
        let health = Health::new(&table);
        let mut now = Tick::from_millis(10_000);
        let mut outcomes = outcomes.into_iter().cycle();
        for number in 0..requests {
            let (model, _) = table.models().nth(number % table.models().len()).unwrap();
            let facts = Facts { model, needs: 0, prefers: 0, carries: 0, sticky_key: Some(number as u64 % 2), pinned: None };
            let mut attempts = Attempts::new(plan(&table, &health, &facts, now, seed), now);
            let mut calls: HashMap<_, u32> = HashMap::new();
            let mut targets: HashMap<_, u32> = HashMap::new();
            let mut steps = 0;
            loop {
                steps += 1;
                prop_assert!(steps < 200, "no end: {:?}", attempts.trace());
                match attempts.next_step(&table, &health, now, seed) {
                    Step::Send(send) => {
                        let outcome = outcomes.next().unwrap();
                        // What a target cannot take was not sent.
                        *calls.entry(send.model).or_default() += u32::from(outcome != Outcome::Unfit);
                        *targets.entry(send.target).or_default() += 1;
                        attempts.record(&table, &health, outcome, now);
                    }
                    Step::WaitUntil(until) | Step::WaitForCapacity { until, .. } => {
                        prop_assert!(until >= now);
                        now = until;
                    }
                    Step::GiveUp(_) => break,
                }
            }
            for (model, count) in &calls {
                prop_assert!(*count <= table.model(*model).retry.attempts.max(1));
            }
            for (target, count) in &targets {
                let pool = table.provider(table.target(*target).provider).credentials().len();
                prop_assert!(*count as usize <= pool.max(1) + 1);
            }
            prop_assert_eq!(attempts.sent(), calls.values().sum::<u32>());
        }
        for (id, _) in table.targets() {
            prop_assert_eq!(health.target(id, now).in_flight, 0);
            prop_assert!(!health.target(id, now).trial_underway);
        }
        for (id, _) in table.providers() {
            prop_assert_eq!(health.provider(id, now).in_flight, 0);
        }
    }

    /// Any interleaving of many requests: nothing goes to what is held or full, and the counts are those of the
    /// requests that are under way.
    #[test]
    fn the_counts_are_right_under_any_interleaving(
        table in table(),
        moves in prop::collection::vec(a_move(), 1..120),
    ) {
        let health = Health::new(&table);
        let now = Tick::from_millis(10_000);
        let mut requests = Requests { table: &table, health: &health, now, running: Vec::new() };
        for next in moves {
            requests.play(next);
        }
        requests.running.clear();
        requests.check_counts();
        for (id, _) in table.targets() {
            prop_assert!(!health.target(id, requests.now).trial_underway);
        }
    }
}

#[test]
fn the_counts_are_right_over_many_threads() {
    let provider = ProviderSpec {
        key: "p".into(),
        max_in_flight: Some(3),
        ..ProviderSpec::default()
    };
    let mut model = ModelSpec::new("m", vec![TargetSpec::new(0)]);
    model.cooldown.hold = Duration::ZERO;
    let spec = TableSpec {
        providers: vec![provider],
        models: vec![model],
        ..TableSpec::default()
    };
    let table = Table::build(spec).unwrap();
    let health = Health::new(&table);
    let (model, _) = table.models().next().unwrap();
    let (target, _) = table.targets().next().unwrap();
    let (provider, _) = table.providers().next().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (table, health) = (&table, &health);
            scope.spawn(move || {
                for (round, class) in
                    (0_u64..2000).zip(FailureClass::ALL.iter().cycle().skip(thread))
                {
                    let facts = Facts {
                        model,
                        needs: 0,
                        prefers: 0,
                        carries: 0,
                        sticky_key: Some(round % 5),
                        pinned: None,
                    };
                    let now = Tick(1 + round);
                    let mut attempts = Attempts::new(plan(table, health, &facts, now, round), now);
                    if let Step::Send(_) = attempts.next_step(table, health, now, round) {
                        assert!(health.provider(provider, now).in_flight <= 3);
                        let class = *class;
                        match round % 3 {
                            0 => drop(attempts),
                            1 => attempts.record(
                                table,
                                health,
                                Outcome::Failure {
                                    class,
                                    retry_after: Some(Duration::ZERO),
                                },
                                now,
                            ),
                            _ => attempts.record(
                                table,
                                health,
                                Outcome::Success {
                                    first_byte: Duration::ZERO,
                                },
                                now,
                            ),
                        }
                    }
                }
            });
        }
    });
    let state = health.target(target, Tick(5000));
    assert_eq!((state.in_flight, state.trial_underway), (0, false));
    assert_eq!(health.provider(provider, Tick(5000)).in_flight, 0);
}
