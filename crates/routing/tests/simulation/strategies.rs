//! The order among targets of one priority.

use aigw_routing::Strategy;

use crate::world::{World, credential, ms, spec};

fn by(strategy: Strategy, targets: &str) -> World {
    let mut spec = spec(&[("m", targets)]);
    spec.models[0].strategy = strategy;
    World::new(spec)
}

#[test]
fn weights_are_met_smoothly() {
    assert_eq!(
        by(Strategy::Weighted, "a:5 b:1 c:1").providers("m", 14),
        "aabacaaaabacaa"
    );
    assert_eq!(
        by(Strategy::Weighted, "a:3 b:1").providers("m", 8),
        "aabaaaba"
    );
}

#[test]
fn the_share_of_a_held_target_goes_to_the_others_by_weight() {
    let mut world = by(Strategy::Weighted, "a:6 b:2 c:1");
    world.run("m", &["auth", "ok"]);
    let providers = world.providers("m", 9);
    assert_eq!(providers.matches('b').count(), 6, "{providers}");
    assert_eq!(providers.matches('c').count(), 3, "{providers}");
}

#[test]
fn lower_numbers_come_first_and_the_rest_waits_for_failures() {
    let mut world = by(Strategy::Weighted, "x@1 y@1 a@0");
    assert_eq!(world.providers("m", 3), "aaa");
    world.run("m", &["auth", "ok"]);
    let providers = world.providers("m", 4);
    assert!(providers == "xyxy" || providers == "yxyx", "{providers}");
}

#[test]
fn round_robin_takes_turns_whatever_the_weights() {
    assert_eq!(
        by(Strategy::RoundRobin, "a:9 b c").providers("m", 6),
        "abcabc"
    );
    let mut tiers = by(Strategy::RoundRobin, "a b x@1 y@1");
    assert_eq!(tiers.providers("m", 4), "abab");
}

#[test]
fn ordered_uses_the_first_that_can_be_used() {
    let mut world = by(Strategy::Ordered, "a b c");
    assert_eq!(world.providers("m", 3), "aaa");
    assert_eq!(
        world.run("m", &["auth", "ok"]),
        "a: auth\nb: ok\n= failover"
    );
    assert_eq!(world.providers("m", 2), "bb");
}

#[test]
fn least_latency_measures_each_and_then_prefers_the_quickest() {
    let mut world = by(Strategy::LeastLatency, "a b c");
    assert_eq!(world.run("m", &["ok 300"]), "a: ok 300\n= direct");
    assert_eq!(world.run("m", &["ok 100"]), "b: ok 100\n= direct");
    assert_eq!(world.run("m", &["ok 200"]), "c: ok 200\n= direct");
    assert_eq!(world.run("m", &["ok 900"]), "b: ok 900\n= direct");
    // 100 ms have become 260 ms.
    assert_eq!(world.run("m", &["ok 200"]), "c: ok 200\n= direct");
}

#[test]
fn an_old_latency_is_measured_anew_by_one_request() {
    let mut world = by(Strategy::LeastLatency, "a b");
    world.run("m", &["ok 300"]);
    world.pass(ms(40_000));
    world.run("m", &["ok 100"]);
    world.pass(ms(30_000));
    let (_first, send) = world.open("m");
    assert_eq!(&*world.table.provider(send.provider).key, "a");
    assert_eq!(world.run("m", &["ok 100"]), "b: ok 100\n= direct");
}

#[test]
fn least_busy_compares_the_load_with_the_weight() {
    let world = by(Strategy::LeastBusy, "a:1 b:3");
    let open: Vec<_> = (0..8).map(|_| world.open("m")).collect();
    let providers: String = open
        .iter()
        .map(|(_, send)| &*world.table.provider(send.provider).key)
        .collect();
    assert_eq!(providers.matches('a').count(), 2, "{providers}");
    assert_eq!(providers.matches('b').count(), 6, "{providers}");
}

#[test]
fn credentials_share_the_traffic_by_weight() {
    let mut spec = spec(&[("m", "a")]);
    spec.providers[0].credentials = vec![credential("x"), credential("y"), credential("z")];
    spec.providers[0].credentials[0].weight = 2;
    spec.providers[0].credentials[2].weight = 0;
    let mut world = World::new(spec);
    let keys: Vec<String> = (0..6)
        .map(|_| world.run("m", &["ok"])[2..3].to_owned())
        .collect();
    assert_eq!(keys.concat(), "xyxxyx");
}

#[test]
fn the_turns_of_a_held_target_are_shared_evenly() {
    let mut world = by(Strategy::RoundRobin, "a b c");
    world.providers("m", 1);
    assert_eq!(
        world.run("m", &["auth", "ok"]),
        "b: auth\nc: ok\n= failover"
    );
    let providers = world.providers("m", 6);
    assert!(
        providers == "acacac" || providers == "cacaca",
        "{providers}"
    );
}

#[test]
fn targets_that_would_lose_something_come_last_within_their_priority() {
    let mut spec = spec(&[("m", "a b c@1 d:0")]);
    spec.models[0].strategy = Strategy::Ordered;
    spec.things = vec!["pictures", "free-form tools"];
    spec.providers[0].keeps = 0b00;
    spec.providers[1].keeps = 0b01;
    let mut world = World::new(spec);
    let with = |carries| aigw_routing::Facts {
        carries,
        ..world.facts("m")
    };
    let (plain, pictures, both) = (with(0), with(0b01), with(0b11));
    let tried = ["network", "network", "ok"];
    assert_eq!(
        world.run_with(&plain, &tried),
        "a: network\nb: network\nc: ok\n= failover"
    );
    assert_eq!(
        world.run_with(&pictures, &tried),
        "b: network\na: network\nc: ok\n= failover"
    );
    // Where all of a priority lose something the order is the usual one; the next priority keeps its place.
    assert_eq!(
        world.run_with(&both, &tried),
        "a: network\nb: network\nc: ok\n= failover"
    );
}

#[test]
fn the_trace_and_the_explanation_say_what_would_be_lost() {
    let mut spec = spec(&[("m", "a b")]);
    spec.things = vec!["pictures", "free-form tools"];
    spec.providers[0].keeps = 0;
    let world = World::new(spec);
    let facts = aigw_routing::Facts {
        carries: 0b11,
        ..world.facts("m")
    };
    let explained: Vec<String> =
        aigw_routing::explain(&world.table, &world.health, &facts, world.now)
            .iter()
            .map(|entry| entry.display(&world.table).to_string())
            .collect();
    let expected = [
        "m b: candidate 1",
        "m a: candidate 2, would lose pictures, free-form tools",
    ];
    assert_eq!(explained, expected);
    let mut attempts = world.start(&facts);
    world.step(&mut attempts);
    let first = attempts.trace()[0].display(&world.table).to_string();
    assert_eq!(
        first,
        "m a: after the others of its priority, would lose pictures, free-form tools"
    );
}

#[test]
fn a_session_stays_where_it_is_bound_although_something_is_lost_there() {
    let mut spec = spec(&[("m", "a b")]);
    spec.models[0].sticky = Some(aigw_routing::StickyPolicy::default());
    spec.providers[0].keeps = 0;
    let mut world = World::new(spec);
    let with = |carries| aigw_routing::Facts {
        carries,
        sticky_key: Some(7),
        ..world.facts("m")
    };
    let (plain, lossy) = (with(0), with(1));
    assert_eq!(world.run_with(&plain, &["ok"]), "a: ok\n= direct");
    assert_eq!(world.run_with(&lossy, &["ok"]), "a: ok\n= direct");
}
