//! Fallback models.

use aigw_routing::{FailureClass, TableSpec, explain};

use crate::world::{World, ms, spec};

fn chain(models: &[(&str, &str)], fallbacks: &[&[usize]]) -> TableSpec {
    let mut spec = spec(models);
    for (model, fallbacks) in spec.models.iter_mut().zip(fallbacks) {
        model.fallbacks = fallbacks.to_vec();
    }
    spec
}

fn short() -> TableSpec {
    chain(&[("m", "a"), ("f", "b")], &[&[1]])
}

#[test]
fn every_class_of_the_policy_leads_to_the_fallback() {
    for class in [
        "rate_limited 9000",
        "timeout",
        "auth",
        "billing",
        "model_missing",
        "context_length",
    ] {
        let log = World::new(short()).run("m", &[class, "ok"]);
        assert_eq!(log, format!("a: {class}\nf/b: ok\n= model_fallback"));
    }
    for class in ["overloaded", "server_error", "network"] {
        let log = World::new(short()).run("m", &[class, class, "ok"]);
        let expected =
            format!("a: {class}\nwaits for backoff\na: {class}\nf/b: ok\n= model_fallback");
        assert_eq!(log, expected);
    }
}

#[test]
fn a_class_outside_the_policy_does_not() {
    let mut spec = short();
    spec.models[0].fallback_on = [FailureClass::RateLimited].into_iter().collect();
    assert_eq!(
        World::new(spec).run("m", &["timeout"]),
        "a: timeout\n= last failure"
    );
}

#[test]
fn the_chain_is_followed_depth_first_and_no_model_twice() {
    let models = [("m", "a"), ("f", "b"), ("g", "c"), ("h", "d")];
    let spec = chain(&models, &[&[1, 3], &[0, 2], &[3, 1], &[0]]);
    let log = World::new(spec).run("m", &["timeout"; 4]);
    assert_eq!(
        log,
        "a: timeout\nf/b: timeout\ng/c: timeout\nh/d: timeout\n= last failure"
    );
}

#[test]
fn at_most_eight_models_are_tried() {
    let names: Vec<String> = (0..10).map(|index| format!("m{index}")).collect();
    let models: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), name.as_str()))
        .collect();
    let mut spec = spec(&models);
    for (index, model) in spec.models.iter_mut().enumerate().take(9) {
        model.fallbacks = vec![index + 1];
    }
    let log = World::new(spec).run("m0", &["timeout"; 8]);
    assert!(log.ends_with("m7/m7: timeout\n= last failure"), "{log}");
}

#[test]
fn a_held_model_leads_to_its_fallback_without_a_call() {
    let mut world = World::new(short());
    world.run("m", &["auth", "ok"]);
    assert_eq!(world.run("m", &["ok"]), "f/b: ok\n= model_fallback");
    world.run("f", &["billing"]);
    assert_eq!(world.run("m", &[]), "= no candidate (auth), soonest 600s");
}

#[test]
fn all_rate_limited_is_told_apart_from_other_holds() {
    let mut world = World::new(short());
    world.run("m", &["rate_limited 9000", "rate_limited 7000"]);
    assert_eq!(
        world.run("m", &[]),
        "= no candidate (rate_limited), soonest 7s"
    );
}

#[test]
fn a_fallback_has_its_own_attempts_and_budget() {
    let mut spec = short();
    spec.models[0].retry.budget = ms(100);
    spec.models[0].retry.attempts = 1;
    let mut world = World::new(spec);
    let mut attempts = world.start(&world.facts("m"));
    world.step(&mut attempts);
    world.pass(ms(5000));
    world.record(&mut attempts, "server_error");
    assert!(
        matches!(world.step(&mut attempts), aigw_routing::Step::Send(send) if send.attempt == 2)
    );
    world.record(&mut attempts, "server_error");
    assert!(matches!(
        world.step(&mut attempts),
        aigw_routing::Step::WaitUntil(_)
    ));
}

fn windows(sizes: [Option<u64>; 4]) -> World {
    let models = [("m", "a b"), ("f", "c"), ("g", "d"), ("h", "e")];
    let mut spec = chain(&models, &[&[1, 2, 3]]);
    for (model, size) in spec.models.iter_mut().zip(sizes) {
        model.context_window = size;
    }
    World::new(spec)
}

#[test]
fn a_prompt_that_is_too_long_goes_to_larger_windows_only() {
    let mut world = windows([Some(100), Some(100), None, Some(200)]);
    let log = world.run("m", &["context_length", "ok"]);
    assert_eq!(log, "a: context_length\nh/e: ok\n= model_fallback");
}

#[test]
fn unknown_windows_may_be_larger_than_an_unknown_one() {
    let log = windows([None; 4]).run("m", &["context_length", "context_length", "ok"]);
    assert_eq!(
        log,
        "a: context_length\nf/c: context_length\ng/d: ok\n= model_fallback"
    );
}

#[test]
fn each_window_that_is_too_small_raises_what_is_needed() {
    let mut world = windows([Some(100), Some(200), Some(150), Some(300)]);
    let log = world.run("m", &["context_length", "context_length", "ok"]);
    assert_eq!(
        log,
        "a: context_length\nf/c: context_length\nh/e: ok\n= model_fallback"
    );
}

#[test]
fn a_drained_model_leads_to_its_fallback() {
    let mut world = World::new(chain(&[("m", "a:0"), ("f", "b")], &[&[1]]));
    assert_eq!(world.run("m", &["ok"]), "f/b: ok\n= model_fallback");
    let mut alone = World::new(spec(&[("m", "a:0")]));
    assert_eq!(alone.run("m", &[]), "= no candidate (none)");
}

#[test]
fn what_no_target_speaks_is_said_so() {
    let mut spec = spec(&[("m", "a b")]);
    spec.providers[0].capabilities = 0b01;
    spec.providers[1].capabilities = 0b11;
    let mut world = World::new(spec);
    let needs = |needs| aigw_routing::Facts {
        needs,
        ..world.facts("m")
    };
    let (both, other) = (needs(0b11), needs(0b100));
    assert_eq!(world.run_with(&both, &["ok"]), "b: ok\n= direct");
    assert_eq!(world.run_with(&other, &[]), "= not spoken");
}

#[test]
fn what_speaks_better_comes_first_within_its_priority() {
    let mut spec = spec(&[("m", "a b c@1")]);
    spec.providers[0].capabilities = 0b01;
    spec.providers[1].capabilities = 0b11;
    spec.providers[2].capabilities = 0b11;
    let mut world = World::new(spec);
    let facts = aigw_routing::Facts {
        needs: 0b01,
        prefers: 0b10,
        carries: 0,
        ..world.facts("m")
    };
    assert_eq!(
        world.run_with(&facts, &["timeout", "timeout", "ok"]),
        "b: timeout\na: timeout\nc: ok\n= failover"
    );
}

#[test]
fn a_target_that_cannot_take_a_request_is_passed_over_without_blame() {
    let mut spec = chain(&[("m", "a b@1"), ("f", "c")], &[&[1]]);
    spec.models[0].retry.attempts = 1;
    spec.models[0].cooldown.failures = 1;
    let mut world = World::new(spec);
    assert_eq!(
        world.run("m", &["unfit", "unfit", "ok"]),
        "a: unfit\nb: unfit\nf/c: ok\n= model_fallback"
    );
    assert_eq!(
        world.run("m", &["unfit", "unfit", "unfit"]),
        "a: unfit\nb: unfit\nf/c: unfit\n= last failure"
    );
    let mut attempts = world.start(&world.facts("m"));
    world.step(&mut attempts);
    world.record(&mut attempts, "unfit");
    assert_eq!(attempts.sent(), 0);
}

#[test]
fn a_model_that_does_not_speak_what_is_needed_leads_to_its_fallback() {
    let mut spec = chain(&[("m", "a"), ("f", "b")], &[&[1]]);
    spec.providers[0].capabilities = 0b01;
    spec.providers[1].capabilities = 0b10;
    let mut world = World::new(spec);
    let needs = aigw_routing::Facts {
        needs: 0b10,
        ..world.facts("m")
    };
    assert_eq!(world.run_with(&needs, &["ok"]), "f/b: ok\n= model_fallback");
}

#[test]
fn explain_tells_the_whole_chain_and_changes_nothing() {
    let mut spec = chain(&[("m", "a:2 b:1 c:0 d@1"), ("f", "e")], &[&[1]]);
    spec.models[0].cooldown.failures = 1;
    let mut world = World::new(spec);
    world.run("m", &["timeout", "ok"]);
    for _ in 0..3 {
        let text: Vec<String> = explain(&world.table, &world.health, &world.facts("m"), world.now)
            .iter()
            .map(|entry| entry.display(&world.table).to_string())
            .collect();
        let expected = [
            "m b: candidate 1",
            "m a: skipped, held after timeout for 30s",
            "m d: candidate 2",
            "m c: skipped, drained (weight 0)",
            "f e: candidate 1",
        ];
        assert_eq!(text, expected);
    }
}

#[test]
fn the_trace_says_what_was_done_and_why() {
    let world = World::new(short());
    let mut attempts = world.start(&world.facts("m"));
    world.step(&mut attempts);
    world.record(&mut attempts, "rate_limited 9000");
    world.step(&mut attempts);
    world.record(&mut attempts, "ok 20");
    let text: Vec<String> = attempts
        .trace()
        .iter()
        .map(|entry| entry.display(&world.table).to_string())
        .collect();
    let expected = [
        "m a [k]: attempt 1",
        "m a [k]: failed, rate_limited",
        "m: left, no_target",
        "f b [k]: attempt 2",
        "f b [k]: answered after 20ms",
    ];
    assert_eq!(text, expected);
    assert_eq!((attempts.sent(), attempts.trace_omitted()), (2, 0));
}

#[test]
fn a_fallback_that_does_not_speak_leads_on_to_its_own() {
    let mut spec = chain(&[("m", "a"), ("f", "b"), ("g", "c")], &[&[1], &[2]]);
    spec.providers[0].capabilities = 1;
    spec.providers[2].capabilities = 1;
    let mut world = World::new(spec);
    let facts = aigw_routing::Facts {
        needs: 1,
        ..world.facts("m")
    };
    assert_eq!(
        world.run_with(&facts, &["timeout", "ok"]),
        "a: timeout\ng/c: ok\n= model_fallback"
    );
}
