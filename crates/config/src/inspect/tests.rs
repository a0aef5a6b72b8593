use super::*;
use crate::compile::tests::world::{CATALOG, SEALED, World};

fn inspected(text: &str) -> Inspection {
    let priced = |model: &str| model != "unheard-of";
    inspect("aigw.yaml", text, &CATALOG, &World, Some(&priced))
}

fn warnings(text: &str) -> Vec<String> {
    let inspection = inspected(text);
    assert!(inspection.preview.is_some(), "{:?}", inspection.problems);
    let problems = inspection.problems.iter();
    problems
        .map(|problem| format!("{} {}", problem.code, problem.path))
        .collect()
}

fn models(models: &str) -> String {
    format!("version: 1\nproviders: {{d: {{kind: demo}}}}\nmodels: {{{models}}}\n")
}

#[test]
fn providers_that_nothing_leads_to_are_told() {
    let text = "version: 1
providers: {d: {kind: demo}, spare: {kind: demo}, drained: {kind: demo}}
models: {m: {targets: [{provider: d}, {provider: drained, weight: 0}]}}
";
    assert_eq!(
        warnings(text),
        [
            "unused_provider providers.spare",
            "drained_provider providers.drained"
        ]
    );
}

#[test]
fn globs_that_can_never_match_are_told() {
    let target = "{targets: [{provider: d, model: x}]}";
    let two = |first: &str, second: &str| {
        warnings(&models(&format!(
            "'{first}': {target}, '{second}': {target}"
        )))
    };
    assert_eq!(two("a*b*", "a*b"), ["unreachable_glob models.a*b"]);
    assert_eq!(two("gpt-*", "gpt-?"), ["unreachable_glob models.gpt-?"]);
    assert_eq!(two("gpt-?", "gpt-*"), Vec::<String>::new());
    assert_eq!(two("*", "gpt-*"), Vec::<String>::new());
    assert_eq!(two("gpt-4*", "gpt-*"), Vec::<String>::new());
}

#[test]
fn names_that_a_rewrite_leads_elsewhere_are_told() {
    let base = models(
        "old: {targets: [{provider: d}], aliases: [older]}, new: {targets: [{provider: d}]}",
    );
    let with = |rewrite: &str| warnings(&format!("{base}rewrites: [{rewrite}]\n"));
    assert_eq!(with("{from: old, to: new}"), ["hidden_name models.old"]);
    assert_eq!(with("{from: 'old*', to: new}").len(), 2);
    assert_eq!(with("{from: older, to: old}"), Vec::<String>::new());
    assert_eq!(
        with("{from: old, to: new, unless_user_agent: [x]}"),
        Vec::<String>::new()
    );
}

#[test]
fn models_without_a_price_are_told_at_their_target() {
    let text = models(
        "m: {targets: [{provider: d, model: known}, {provider: d, model: unheard-of}]}, '*': {targets: [{provider: d}]}",
    );
    assert_eq!(warnings(&text), ["unpriced models.m.targets[1]"]);
    let without = inspect("a", &text, &CATALOG, &World, None);
    assert!(without.problems.is_empty());
}

#[test]
fn references_are_present_or_missing_and_never_valued() {
    let text = "version: 1
providers: {o: {kind: openai, api_key: '${OPENAI_API_KEY}', headers: {X: '${secret:anthropic}', Y: '${NOT_SET}'}, ca_file: '/etc/aigw/ca.pem'}}
models: {m: {targets: [{provider: o, model: '${file:/run/secrets/b}'}]}}
";
    let inspection = inspected(text);
    assert!(inspection.preview.is_none());
    assert!(!format!("{inspection:?}").contains(SEALED));
    let states: Vec<_> = inspection
        .references
        .iter()
        .map(|state| format!("{} {}", state.reference, state.present))
        .collect();
    assert_eq!(
        states,
        [
            "${OPENAI_API_KEY} true",
            "${secret:anthropic} true",
            "${NOT_SET} false",
            "${file:/run/secrets/b} true"
        ]
    );
}

#[test]
fn each_target_has_the_dialect_that_it_is_asked_in() {
    let text = "version: 1
providers: {a: {kind: anthropic, api_key: '${KEY_A}'}, d: {kind: demo}}
models: {m: {targets: [{provider: a, model: x}, {provider: d}]}}
";
    let preview = inspected(text).preview.unwrap();
    let asked: Vec<_> = preview.models[0]
        .targets
        .iter()
        .map(|target| {
            target
                .asked
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect();
    assert_eq!(
        asked,
        [
            "openai_chat as anthropic_messages, openai_responses as anthropic_messages, anthropic_messages direct, gemini_generate as anthropic_messages",
            "openai_chat direct, openai_responses direct, anthropic_messages direct, gemini_generate as openai_responses",
        ]
    );
}

#[test]
fn a_text_that_cannot_be_read_is_inspected_too() {
    let inspection = inspected("a: [");
    assert_eq!(inspection.problems[0].code, "syntax");
    assert!(inspection.references.is_empty() && inspection.preview.is_none());
}
