//! Holds, their trials, probes, and what a new table takes over.

use std::time::Duration;

use aigw_routing::{Health, ProviderId, Step, Table};

use crate::world::{World, ms, spec};

const HOLD: Duration = Duration::from_secs(30);

/// A world in which target `a` of `m` has just been held.
fn held(targets: &str) -> World {
    let world = World::new(spec(&[("m", targets)]));
    for _ in 0..3 {
        let (mut attempts, send) = world.open("m");
        assert_eq!(&*world.table.provider(send.provider).key, "a");
        world.record(&mut attempts, "timeout");
    }
    world
}

fn provider(world: &World, key: &str) -> ProviderId {
    world
        .table
        .providers()
        .find(|(_, provider)| &*provider.key == key)
        .unwrap()
        .0
}

#[test]
fn a_lone_target_cools_too() {
    let mut world = held("a");
    assert_eq!(world.run("m", &[]), "= no candidate (timeout), soonest 30s");
    world.pass(ms(29_999));
    assert_eq!(world.run("m", &[]), "= no candidate (timeout), soonest 1ms");
}

#[test]
fn a_hold_ends_with_a_trial_that_succeeds() {
    let mut world = held("a");
    world.pass(HOLD);
    assert_eq!(world.run("m", &["ok"]), "a (trial): ok\n= direct");
    assert_eq!(world.run("m", &["timeout"]), "a: timeout\n= last failure");
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn a_trial_that_fails_holds_again() {
    let mut world = held("a");
    world.pass(HOLD);
    assert_eq!(
        world.run("m", &["timeout"]),
        "a (trial): timeout\n= last failure, soonest 30s"
    );
    assert_eq!(world.run("m", &[]), "= no candidate (timeout), soonest 30s");
}

#[test]
fn one_trial_at_a_time_and_the_others_go_elsewhere() {
    let mut world = held("a@0 b@1");
    assert_eq!(world.run("m", &["ok"]), "b: ok\n= direct");
    world.pass(HOLD);
    let (mut trial, send) = world.open("m");
    assert!(send.trial);
    assert_eq!(world.run("m", &["ok"]), "b: ok\n= direct");
    world.record(&mut trial, "cancelled");
    assert_eq!(world.run("m", &["ok"]), "a (trial): ok\n= direct");
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn a_trial_that_is_dropped_makes_room_for_the_next() {
    let mut world = held("a");
    world.pass(HOLD);
    let (trial, _) = world.open("m");
    assert_eq!(world.run("m", &[]), "= no candidate (timeout), soonest 0ns");
    drop(trial);
    assert_eq!(world.run("m", &["ok"]), "a (trial): ok\n= direct");
}

#[test]
fn a_trial_ends_the_hold_when_its_answer_begins() {
    let mut world = held("a");
    world.pass(HOLD);
    let (mut trial, _) = world.open("m");
    trial.answered(&world.table, &world.health, ms(5), world.now);
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
    let target = world.table.targets().next().unwrap().0;
    assert_eq!(world.health.target(target, world.now).in_flight, 1);
    world.record(&mut trial, "ok 5");
    assert_eq!(world.health.target(target, world.now).in_flight, 0);
}

#[test]
fn the_failure_that_begins_a_hold_still_fails_over() {
    let mut world = World::new(spec(&[("m", "a@0 b@1")]));
    for _ in 0..2 {
        assert_eq!(
            world.run("m", &["network", "ok"]),
            "a: network\nb: ok\n= failover"
        );
    }
    // No second try of `a`: its third failure holds it.
    let log = world.run("m", &["network", "network", "timeout"]);
    let expected =
        "a: network\nb: network\nwaits for backoff\nb: timeout\n= last failure, soonest ";
    assert!(log.starts_with(expected), "{log}");
}

#[test]
fn failures_of_the_request_never_count() {
    let mut world = World::new(spec(&[("m", "a")]));
    for class in ["invalid_request", "context_length", "content_filter"] {
        for _ in 0..5 {
            assert_eq!(
                world.run("m", &[class]),
                format!("a: {class}\n= last failure")
            );
        }
    }
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn a_failing_probe_puts_a_provider_last_but_not_out() {
    let mut world = World::new(spec(&[("m", "a@0 b@1")]));
    world
        .health
        .probe_result(provider(&world, "a"), false, world.now);
    assert_eq!(
        world.run("m", &["timeout", "ok"]),
        "b: timeout\na: ok\n= failover"
    );
    world
        .health
        .probe_result(provider(&world, "a"), true, world.now);
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn a_good_probe_ends_no_hold() {
    let mut world = held("a");
    world
        .health
        .probe_result(provider(&world, "a"), true, world.now);
    assert_eq!(world.run("m", &[]), "= no candidate (timeout), soonest 30s");
    let mut world = World::new(spec(&[("m", "a")]));
    world.run("m", &["rate_limited 60000"]);
    world
        .health
        .probe_result(provider(&world, "a"), true, world.now);
    assert_eq!(
        world.run("m", &[]),
        "= no candidate (rate_limited), soonest 60s"
    );
}

#[test]
fn a_success_of_another_request_clears_no_quota_hold() {
    let mut world = World::new(spec(&[("m", "a")]));
    let (mut slow, _) = world.open("m");
    world.run("m", &["rate_limited 60000"]);
    world.record(&mut slow, "ok");
    assert_eq!(
        world.run("m", &[]),
        "= no candidate (rate_limited), soonest 60s"
    );
}

#[test]
fn a_new_table_takes_over_what_is_known_about_the_same_items() {
    let mut world = held("a@0 b@1");
    let (mut in_flight, _) = world.open("m");
    let mut renamed = spec(&[("other", "c"), ("m", "b@1 a@0")]);
    renamed.providers[1].max_in_flight = Some(1);
    let table = Table::build(renamed).unwrap();
    let health = Health::carried(&table, &world.table, &world.health);
    let old = std::mem::replace(&mut world.table, table);
    let old_health = std::mem::replace(&mut world.health, health);
    let b = provider(&world, "b");
    assert_eq!(world.health.provider(b, world.now).in_flight, 1);
    let mut attempts = world.start(&world.facts("m"));
    assert!(
        matches!(world.step(&mut attempts), Step::WaitForCapacity { provider, .. } if provider == b)
    );
    in_flight.record(
        &old,
        &old_health,
        aigw_routing::Outcome::Cancelled,
        world.now,
    );
    assert_eq!(world.health.provider(b, world.now).in_flight, 0);
    assert!(matches!(world.step(&mut attempts), Step::Send(send) if send.provider == b));
}

#[test]
fn the_trace_says_why_a_target_was_passed_over() {
    let world = held("a@0 b@1");
    let (mut attempts, _) = world.open("m");
    world.record(&mut attempts, "cancelled");
    let text: Vec<String> = attempts
        .trace()
        .iter()
        .map(|entry| entry.display(&world.table).to_string())
        .collect();
    let expected = [
        "m a: skipped, held after timeout for 30s",
        "m b [k]: attempt 1",
        "m b [k]: the caller left",
    ];
    assert_eq!(text, expected);
}

#[test]
fn a_cooldown_of_no_failures_never_holds() {
    let mut spec = spec(&[("m", "a")]);
    spec.models[0].cooldown.failures = 0;
    let mut world = World::new(spec);
    for _ in 0..10 {
        assert_eq!(world.run("m", &["timeout"]), "a: timeout\n= last failure");
    }
}

#[test]
fn no_upstream_holds_a_credential_for_longer_than_a_day() {
    let mut world = World::new(spec(&[("m", "a")]));
    let log = world.run("m", &["rate_limited 2592000000"]);
    assert_eq!(
        log,
        "a: rate_limited 2592000000\n= last failure, soonest 86400s"
    );
}

#[test]
fn a_rate_limit_among_other_holds_does_not_stand_for_all() {
    let mut world = World::new(spec(&[("m", "a@0 b@1")]));
    world.run("m", &["rate_limited 9000", "auth"]);
    assert_eq!(world.run("m", &[]), "= no candidate (auth), soonest 9s");
}

#[test]
fn an_attempt_that_is_not_recorded_counts_as_cancelled() {
    let mut spec = spec(&[("m", "a@0 b@1")]);
    spec.providers[0].max_in_flight = Some(1);
    let world = World::new(spec);
    let (mut attempts, send) = world.open("m");
    assert!(matches!(world.step(&mut attempts), Step::Send(next) if next.target == send.target));
    assert_eq!(world.health.target(send.target, world.now).in_flight, 1);
}
