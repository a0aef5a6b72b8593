//! One test per row of the failure table, and the order of what follows a failure.

use std::time::Duration;

use crate::world::{World, credential, ms, spec};

fn pool(provider: usize, keys: &[&str], targets: &str) -> World {
    let mut spec = spec(&[("m", targets)]);
    spec.providers[provider].credentials = keys.iter().map(|key| credential(key)).collect();
    World::new(spec)
}

fn two() -> World {
    World::new(spec(&[("m", "a@0 b@1")]))
}

#[test]
fn an_invalid_request_goes_nowhere_else() {
    let mut spec = spec(&[("m", "a b"), ("f", "c")]);
    spec.models[0].fallbacks = vec![1];
    let log = World::new(spec).run("m", &["invalid_request"]);
    assert_eq!(log, "a: invalid_request\n= last failure");
}

#[test]
fn an_overloaded_target_is_left_at_once_and_asked_again_only_when_no_other_is_left() {
    let log = two().run("m", &["overloaded", "server_error", "network", "ok"]);
    let expected = "a: overloaded\nb: server_error\nwaits for backoff\na: network\nwaits for backoff\nb: ok\n= failover";
    assert_eq!(log, expected);
}

#[test]
fn a_lone_target_gets_one_second_try() {
    for class in ["overloaded", "server_error", "network"] {
        let log = World::new(spec(&[("m", "a")])).run("m", &[class, class]);
        assert_eq!(
            log,
            format!("a: {class}\nwaits for backoff\na: {class}\n= last failure")
        );
    }
}

#[test]
fn a_timeout_is_not_repeated_at_the_same_target() {
    assert_eq!(
        two().run("m", &["timeout", "timeout"]),
        "a: timeout\nb: timeout\n= last failure"
    );
}

#[test]
fn an_overloaded_target_is_given_the_time_that_it_asks_for() {
    let mut world = World::new(spec(&[("m", "a")]));
    let log = world.run("m", &["overloaded 3000", "ok"]);
    assert_eq!(
        log,
        "a: overloaded 3000\nwaits 3s for retry_after\na: ok\n= direct"
    );
    let log = world.run("m", &["overloaded 6000"]);
    assert_eq!(log, "a: overloaded 6000\n= last failure");
}

#[test]
fn a_short_retry_after_is_waited_for_when_there_is_no_other_target() {
    let log = World::new(spec(&[("m", "a")])).run("m", &["rate_limited 5000", "ok"]);
    assert_eq!(
        log,
        "a: rate_limited 5000\nwaits 5s for retry_after\na: ok\n= direct"
    );
}

#[test]
fn a_target_that_stays_rate_limited_is_asked_twice() {
    let log = World::new(spec(&[("m", "a")])).run("m", &["rate_limited 1000", "rate_limited 2000"]);
    let expected = "a: rate_limited 1000\nwaits 1s for retry_after\na: rate_limited 2000\n= last failure, soonest 2s";
    assert_eq!(log, expected);
}

#[test]
fn a_long_retry_after_is_not_waited_for() {
    let mut world = World::new(spec(&[("m", "a")]));
    let log = world.run("m", &["rate_limited 5001"]);
    assert_eq!(log, "a: rate_limited 5001\n= last failure, soonest 5.001s");
    world.pass(ms(1));
    assert_eq!(
        world.run("m", &[]),
        "= no candidate (rate_limited), soonest 5s"
    );
    world.pass(ms(5000));
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn other_targets_come_before_the_wait_for_a_rate_limit() {
    let log = two().run("m", &["rate_limited 1000", "rate_limited 300", "ok"]);
    let expected =
        "a: rate_limited 1000\nb: rate_limited 300\nwaits 300ms for retry_after\nb: ok\n= failover";
    assert_eq!(log, expected);
}

#[test]
fn the_credentials_of_a_pool_are_tried_before_other_targets() {
    let log =
        pool(0, &["x", "y"], "a@0 b@1").run("m", &["rate_limited 9000", "rate_limited", "ok"]);
    assert_eq!(
        log,
        "a[x]: rate_limited 9000\na[y]: rate_limited\nb: ok\n= failover"
    );
}

#[test]
fn a_refused_credential_is_held_for_ten_minutes_and_the_next_one_used() {
    for class in ["auth", "billing"] {
        let mut world = pool(0, &["x", "y"], "a");
        assert_eq!(
            world.run("m", &[class, "ok"]),
            format!("a[x]: {class}\na[y]: ok\n= direct")
        );
        world.pass(Duration::from_secs(599));
        assert_eq!(world.run("m", &["ok"]), "a[y]: ok\n= direct");
        world.pass(Duration::from_secs(1));
        assert!((0..2).any(|_| world.run("m", &["ok"]) == "a[x]: ok\n= direct"));
    }
}

#[test]
fn a_lone_refused_credential_ends_the_request_and_holds_the_next_ones() {
    let mut world = World::new(spec(&[("m", "a")]));
    assert_eq!(
        world.run("m", &["auth"]),
        "a: auth\n= last failure, soonest 600s"
    );
    assert_eq!(world.run("m", &[]), "= no candidate (auth), soonest 600s");
}

#[test]
fn a_provider_without_credentials_is_held_in_their_place() {
    let mut world = pool(0, &[], "a b");
    assert_eq!(
        world.run("m", &["rate_limited 9000", "ok"]),
        "a: rate_limited 9000\nb: ok\n= failover"
    );
    assert_eq!(world.providers("m", 3), "bbb");
    world.pass(ms(9000));
    assert!(world.providers("m", 2).contains('a'));
}

#[test]
fn a_missing_model_holds_its_target_only() {
    let mut world = World::new(spec(&[("m", "a@0 b@1"), ("n", "a")]));
    assert_eq!(
        world.run("m", &["model_missing", "ok"]),
        "a: model_missing\nb: ok\n= failover"
    );
    assert_eq!(world.run("m", &["ok"]), "b: ok\n= direct");
    assert_eq!(world.run("n", &["ok"]), "n/a: ok\n= direct");
    world.pass(Duration::from_secs(30));
    assert_eq!(world.run("m", &["ok"]), "a (trial): ok\n= direct");
}

#[test]
fn refused_content_goes_elsewhere_only_if_the_policy_says_so() {
    assert_eq!(
        two().run("m", &["content_filter"]),
        "a: content_filter\n= last failure"
    );
    let mut spec = spec(&[("m", "a@0 b@1")]);
    spec.models[0].fallback_on = spec.models[0]
        .fallback_on
        .with("content_filter".parse().unwrap());
    let log = World::new(spec).run("m", &["content_filter", "ok"]);
    assert_eq!(log, "a: content_filter\nb: ok\n= failover");
}

#[test]
fn a_caller_who_leaves_ends_the_request_and_counts_for_nothing() {
    let mut world = World::new(spec(&[("m", "a")]));
    for _ in 0..10 {
        assert_eq!(world.run("m", &["cancelled"]), "a: cancelled\n= direct");
    }
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn the_attempts_are_bounded_over_all_targets() {
    let log = World::new(spec(&[("m", "a@0 b@1 c@2 d@3 e@4")])).run("m", &["timeout"; 4]);
    assert_eq!(
        log,
        "a: timeout\nb: timeout\nc: timeout\nd: timeout\n= last failure"
    );
    let mut spec = spec(&[("m", "a b")]);
    spec.models[0].retry.attempts = 0;
    assert_eq!(
        World::new(spec).run("m", &["timeout"]),
        "a: timeout\n= last failure"
    );
}

#[test]
fn no_attempt_begins_after_the_budget() {
    let mut world = two();
    let mut attempts = world.start(&world.facts("m"));
    world.step(&mut attempts);
    world.pass(Duration::from_secs(60));
    world.record(&mut attempts, "timeout");
    let end = aigw_routing::GiveUp::LastFailure { soonest: None };
    assert_eq!(world.step(&mut attempts), aigw_routing::Step::GiveUp(end));
}

#[test]
fn a_wait_that_would_end_after_the_budget_is_not_begun() {
    let mut spec = spec(&[("m", "a")]);
    spec.models[0].retry.budget = ms(900);
    let log = World::new(spec).run("m", &["rate_limited 1000"]);
    assert_eq!(log, "a: rate_limited 1000\n= last failure, soonest 1s");
}

#[test]
fn a_probe_is_one_call_to_its_target_and_leaves_no_trace_in_health() {
    let mut spec = spec(&[("m", "a b"), ("f", "c")]);
    spec.models[0].fallbacks = vec![1];
    let mut world = World::new(spec);
    assert_eq!(
        world.run("m", &["auth", "auth", "ok"]),
        "a: auth\nb: auth\nf/c: ok\n= model_fallback"
    );
    let pinned = world.table.model(world.model("m")).targets().next();
    let facts = aigw_routing::Facts {
        pinned,
        ..world.facts("m")
    };
    for _ in 0..5 {
        assert_eq!(
            world.run_with(&facts, &["timeout"]),
            "a: timeout\n= last failure, soonest 600s"
        );
        assert_eq!(world.run_with(&facts, &["ok"]), "a: ok\n= direct");
    }
    let state = world.health.target(pinned.unwrap(), world.now);
    assert_eq!(
        (state.failures, state.held, state.latency, state.in_flight),
        (0, None, None, 0)
    );
}
