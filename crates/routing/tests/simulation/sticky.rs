//! Bindings of callers to targets and credentials.

use aigw_routing::{Facts, StickyPolicy, Table};

use crate::world::{World, credential, ms, spec};

fn sticky(targets: &str) -> World {
    let mut spec = spec(&[("m", targets)]);
    spec.models[0].sticky = Some(StickyPolicy {
        ttl: ms(60_000),
        ..StickyPolicy::default()
    });
    spec.providers[0].credentials = vec![credential("x"), credential("y")];
    World::new(spec)
}

fn session(world: &World, key: u64) -> Facts {
    Facts {
        sticky_key: Some(key),
        ..world.facts("m")
    }
}

#[test]
fn a_session_stays_where_it_was_answered_with_the_same_credential() {
    let mut world = sticky("a b");
    let facts = session(&world, 7);
    let first = world.run_with(&facts, &["ok"]);
    assert_eq!(first, "a[x]: ok\n= direct");
    for _ in 0..3 {
        world.providers("m", 1);
        assert_eq!(world.run_with(&facts, &["ok"]), first);
    }
    assert_eq!(world.health.sticky_bindings(), 1);
}

#[test]
fn sessions_without_a_key_or_policy_are_spread() {
    assert_eq!(sticky("a b").providers("m", 4), "a[x]ba[y]b");
    let mut world = World::new(spec(&[("m", "a b")]));
    let facts = session(&world, 7);
    let log: String = (0..4)
        .map(|_| world.run_with(&facts, &["ok"])[..1].to_owned())
        .collect();
    assert_eq!(log, "abab");
}

#[test]
fn a_binding_ends_after_its_time_without_a_success() {
    let mut world = sticky("a b");
    let facts = session(&world, 7);
    world.run_with(&facts, &["ok"]);
    world.pass(ms(59_999));
    assert_eq!(world.run_with(&facts, &["ok"]), "a[x]: ok\n= direct");
    world.pass(ms(60_000));
    world.providers("m", 1);
    let log: Vec<String> = (0..2)
        .map(|key| world.run_with(&session(&world, key), &["ok"]))
        .collect();
    assert_ne!(log[0], log[1]);
}

#[test]
fn a_held_target_is_left_and_the_session_bound_anew() {
    let mut world = sticky("a b");
    let facts = session(&world, 7);
    world.run_with(&facts, &["ok"]);
    let log = world.run_with(&facts, &["timeout", "ok"]);
    assert_eq!(log, "a[x]: timeout\nb: ok\n= failover");
    for _ in 0..3 {
        assert_eq!(world.run_with(&facts, &["ok"]), "b: ok\n= direct");
    }
}

#[test]
fn a_drained_target_keeps_its_sessions_until_their_time_ends() {
    let mut world = sticky("a b");
    let facts = session(&world, 7);
    world.run_with(&facts, &["ok"]);
    let mut drained = spec(&[("m", "a:0 b")]);
    drained.models[0].sticky = Some(StickyPolicy {
        ttl: ms(60_000),
        ..StickyPolicy::default()
    });
    drained.providers[0].credentials = vec![credential("x"), credential("y")];
    let table = Table::build(drained).unwrap();
    world.health = aigw_routing::Health::carried(&table, &world.table, &world.health);
    world.table = table;
    assert_eq!(world.providers("m", 2), "bb");
    world.pass(ms(30_000));
    assert_eq!(world.run_with(&facts, &["ok"]), "a[x]: ok\n= direct");
    world.pass(ms(30_000));
    assert_eq!(world.run_with(&facts, &["ok"]), "b: ok\n= direct");
}

#[test]
fn bindings_are_bounded_and_evictions_counted() {
    let mut world = sticky("a b");
    for key in 0..70_000_u64 {
        world.run_with(&session(&world, key), &["ok"]);
    }
    assert!(world.health.sticky_bindings() <= 65_536);
    let pushed_out = usize::try_from(world.health.sticky_evictions()).unwrap();
    assert_eq!(world.health.sticky_bindings() + pushed_out, 70_000);
}
