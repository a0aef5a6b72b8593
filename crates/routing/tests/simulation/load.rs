//! Rate limits and bounds of requests in flight.

use aigw_routing::{Attempts, RateLimit, Step, Tick};

use crate::world::{World, ms, spec};

fn limited(models: &[(&str, &str)], burst: u32) -> World {
    let mut spec = spec(models);
    spec.providers[0].rate_limit = Some(RateLimit {
        requests_per_second: 10.0,
        burst,
        max_wait: ms(250),
    });
    if models.len() > 1 {
        spec.models[0].fallbacks = vec![1];
    }
    World::new(spec)
}

#[test]
fn requests_beyond_the_rate_are_spaced_in_the_order_of_their_coming() {
    let mut world = limited(&[("m", "a")], 2);
    let start = world.now;
    let mut queue: Vec<Attempts> = (0..5).map(|_| world.start(&world.facts("m"))).collect();
    let mut sent: Vec<(usize, Tick)> = Vec::new();
    for _ in 0..40 {
        for (number, attempts) in queue.iter_mut().enumerate() {
            if sent.iter().all(|(done, _)| *done != number)
                && matches!(world.step(attempts), Step::Send(_))
            {
                sent.push((number, world.now));
            }
        }
        world.pass(ms(10));
    }
    let times: Vec<_> = sent
        .iter()
        .map(|(number, at)| (*number, (*at - start).as_millis()))
        .collect();
    assert_eq!(times, [(0, 0), (1, 0), (2, 100), (3, 200)]);
}

#[test]
fn a_slot_beyond_the_longest_wait_is_not_queued_for() {
    let mut world = limited(&[("m", "a")], 1);
    let waiting: Vec<Attempts> = (0..3)
        .map(|_| {
            let mut attempts = world.start(&world.facts("m"));
            world.step(&mut attempts);
            attempts
        })
        .collect();
    assert_eq!(world.run("m", &[]), "= saturated, soonest 300ms");
    drop(waiting);
    // Those who left gave their slots back, the last one first.
    assert_eq!(world.run("m", &["ok"]).lines().last(), Some("= direct"));
}

#[test]
fn waiting_takes_its_place_in_the_log() {
    let mut world = limited(&[("m", "a")], 1);
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
    assert_eq!(
        world.run("m", &["ok"]),
        "waits 100ms for rate_limit\na: ok\n= direct"
    );
}

#[test]
fn another_target_of_the_same_priority_comes_before_a_wait() {
    let mut world = limited(&[("m", "a b")], 1);
    assert_eq!(world.providers("m", 3), "abb");
    let mut world = limited(&[("m", "a@0 b@1")], 1);
    world.run("m", &["ok"]);
    assert_eq!(
        world.run("m", &["ok"]),
        "waits 100ms for rate_limit\na: ok\n= direct"
    );
}

#[test]
fn a_full_queue_leads_to_other_targets_and_fallbacks() {
    let mut world = limited(&[("m", "a"), ("f", "b")], 1);
    let _waiting: Vec<Attempts> = (0..3)
        .map(|_| {
            let mut attempts = world.start(&world.facts("m"));
            world.step(&mut attempts);
            attempts
        })
        .collect();
    assert_eq!(world.run("m", &["ok"]), "f/b: ok\n= model_fallback");
}

#[test]
fn a_saturated_provider_is_waited_for() {
    let mut spec = spec(&[("m", "a")]);
    spec.providers[0].max_in_flight = Some(1);
    spec.capacity_wait = ms(700);
    let mut world = World::new(spec);
    let (mut first, _) = world.open("m");
    assert_eq!(
        world.run("m", &[]),
        "waits 700ms for capacity of a\n= saturated"
    );
    let mut second = world.start(&world.facts("m"));
    assert!(matches!(
        world.step(&mut second),
        Step::WaitForCapacity { .. }
    ));
    world.record(&mut first, "ok");
    assert!(matches!(world.step(&mut second), Step::Send(_)));
    drop(second);
    assert_eq!(world.run("m", &["ok"]), "a: ok\n= direct");
}

#[test]
fn a_saturated_provider_is_left_for_another_at_once() {
    let mut spec = spec(&[("m", "a@0 b@1"), ("f", "c")]);
    spec.providers[0].max_in_flight = Some(1);
    spec.providers[1].max_in_flight = Some(1);
    spec.models[0].fallbacks = vec![1];
    let mut world = World::new(spec);
    let (_one, _) = world.open("m");
    assert_eq!(world.run("m", &["ok"]), "b: ok\n= direct");
    let (_two, _) = world.open("m");
    assert_eq!(
        world.run("m", &["ok"]),
        "waits 10s for capacity of a\nf/c: ok\n= model_fallback"
    );
}

#[test]
fn the_slot_of_a_request_that_finds_its_target_held_goes_back() {
    let mut world = limited(&[("m", "a")], 1);
    let (mut first, _) = world.open("m");
    let mut waiting = world.start(&world.facts("m"));
    assert!(matches!(world.step(&mut waiting), Step::WaitUntil(_)));
    world.record(&mut first, "auth");
    world.pass(ms(100));
    assert!(matches!(world.step(&mut waiting), Step::GiveUp(_)));
    let provider = world.table.providers().next().unwrap().0;
    assert_eq!(world.health.provider(provider, world.now).in_flight, 0);
}

#[test]
fn a_reason_that_stays_the_same_is_traced_once() {
    let mut spec = spec(&[("m", "a")]);
    spec.providers[0].max_in_flight = Some(0);
    let mut world = World::new(spec);
    let mut attempts = world.start(&world.facts("m"));
    for _ in 0..5 {
        assert!(matches!(
            world.step(&mut attempts),
            Step::WaitForCapacity { .. }
        ));
        world.pass(ms(100));
    }
    let text: Vec<String> = attempts
        .trace()
        .iter()
        .map(|entry| entry.display(&world.table).to_string())
        .collect();
    assert_eq!(
        text,
        [
            "m a: skipped, at max_in_flight",
            "m: waits 10s for capacity"
        ]
    );
}
