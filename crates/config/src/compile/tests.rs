//! The declarations, walked: every key is in a fixture, changes the configuration, and has the default that it claims.

#[path = "../../tests/support/world.rs"]
pub(crate) mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::declare::{Declaration, Key, Need, Shape};
use crate::{Fidelity, Severity};
use world::{SEALED, compile};

const EVERY_KEY: &str = include_str!("../../../../fixtures/config/valid/every-key.yaml");

/// A key of the fixture: its declaration and its value.
struct Written {
    section: &'static str,
    key: &'static Key,
    node: NodeId,
    path: String,
}

/// Every key of the fixture, found by walking the declarations.
fn written(tree: &Tree<'_>) -> Vec<Written> {
    let mut found = Vec::new();
    walk_section(tree, Tree::ROOT, RootDoc::DECLARATION, &mut found);
    found
}

fn walk(tree: &Tree<'_>, node: NodeId, shape: &'static Shape, found: &mut Vec<Written>) {
    match (shape, tree.content(node)) {
        (Shape::Section(declaration), Content::Map(_)) => {
            walk_section(tree, node, declaration, found);
        }
        (Shape::OffOr(inner), _) => walk(tree, node, inner, found),
        (Shape::List { item: inner, .. }, Content::List(items)) => items
            .iter()
            .for_each(|item| walk(tree, *item, inner, found)),
        (Shape::Table { value, .. }, Content::Map(members)) => {
            members
                .values()
                .for_each(|member| walk(tree, member.node, value, found));
        }
        _ => {}
    }
}

fn walk_section(
    tree: &Tree<'_>,
    node: NodeId,
    declaration: &'static Declaration,
    found: &mut Vec<Written>,
) {
    for key in declaration.keys {
        if let Some(child) = tree.member(node, key.name) {
            found.push(Written {
                section: declaration.title,
                key,
                node: child,
                path: tree.path(child),
            });
            walk(tree, child, &key.shape, found);
        }
    }
}

/// Every declared key that this version reads, by section.
fn declared(declaration: &'static Declaration, found: &mut BTreeSet<(&'static str, &'static str)>) {
    for key in declaration
        .keys
        .iter()
        .filter(|key| !matches!(key.shape, Shape::Later))
    {
        found.insert((declaration.title, key.name));
        let mut shape = &key.shape;
        while let Shape::List { item: inner, .. }
        | Shape::OffOr(inner)
        | Shape::Table { value: inner, .. } = shape
        {
            shape = inner;
        }
        if let Shape::Section(inner) = shape {
            declared(inner, found);
        }
    }
}

/// The fixture as JSON, with the value at `at` replaced, or with its whole member left out.
fn edited(tree: &Tree<'_>, node: NodeId, at: NodeId, with: Option<&str>) -> String {
    if node == at {
        return String::from(with.unwrap_or("null"));
    }
    match tree.content(node) {
        Content::Map(members) => {
            let kept = members
                .iter()
                .filter(|(_, member)| member.node != at || with.is_some());
            let members = kept
                .map(|(key, member)| format!("{key:?}: {}", edited(tree, member.node, at, with)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Content::List(items) => {
            let items = items.iter().map(|item| edited(tree, *item, at, with));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        _ => tree.json(node, &mut |_| None).unwrap(),
    }
}

/// The configuration without its digest, or nothing if there are errors.
fn config(text: &str) -> Option<Config> {
    compile(text).config.map(|config| Config {
        digest: String::new(),
        ..config
    })
}

fn fixture() -> Tree<'static> {
    build(EVERY_KEY).tree.unwrap()
}

#[test]
fn the_fixture_has_every_declared_key() {
    let tree = fixture();
    let mut missing = BTreeSet::new();
    declared(RootDoc::DECLARATION, &mut missing);
    let found: BTreeSet<_> = written(&tree)
        .iter()
        .map(|written| (written.section, written.key.name))
        .collect();
    assert!(missing.len() > 80, "{}", missing.len());
    assert_eq!(
        missing.difference(&found).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new()
    );
}

#[test]
fn taking_any_key_out_changes_the_configuration() {
    let tree = fixture();
    let whole = config(EVERY_KEY);
    assert!(whole.is_some());
    for Written { node, path, .. } in written(&tree) {
        let without = edited(&tree, Tree::ROOT, node, None);
        assert_ne!(config(&without), whole, "{path} has no effect");
    }
}

#[test]
fn required_keys_are_missed_and_others_are_not() {
    let tree = fixture();
    for Written {
        node, path, key, ..
    } in written(&tree)
    {
        let compiled = compile(&edited(&tree, Tree::ROOT, node, None));
        let missed = compiled
            .problems
            .iter()
            .any(|problem| problem.code == "missing_key");
        assert_eq!(
            missed,
            matches!(key.need, Need::Required),
            "{path}: {:?}",
            compiled.problems
        );
    }
}

#[test]
fn declared_defaults_are_what_holds_when_a_key_is_not_written() {
    let tree = fixture();
    for Written {
        node, path, key, ..
    } in written(&tree)
    {
        let Need::Default(default) = key.need else {
            continue;
        };
        let without = config(&edited(&tree, Tree::ROOT, node, None));
        let with = config(&edited(&tree, Tree::ROOT, node, Some(default)));
        assert!(with.is_some(), "{path}: the default does not compile");
        // Below a model, keys of a policy fall back to `routing`, whose own defaults are compared by themselves.
        let inherited = path.starts_with("models.gpt-4o.") && path.matches('.').count() == 3;
        if !inherited {
            assert_eq!(with, without, "{path}");
        }
    }
}

#[test]
fn the_examples_of_the_documentation_are_valid_values() {
    let tree = fixture();
    for Written {
        node, path, key, ..
    } in written(&tree)
    {
        let text = if matches!(
            key.shape,
            Shape::Section(_) | Shape::List { .. } | Shape::Table { .. }
        ) || key.example.starts_with('"')
        {
            String::from(key.example)
        } else {
            key.example
                .replace("${OPENAI_API_KEY}", "\"${OPENAI_API_KEY}\"")
                .replace("${KEY_A}", "\"${KEY_A}\"")
        };
        let compiled = compile(&edited(&tree, Tree::ROOT, node, Some(&text)));
        let allowed = ["unknown_provider", "unknown_model", "duplicate"];
        let errors = compiled
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let wrong: Vec<_> = errors
            .filter(|problem| !allowed.contains(&problem.code))
            .collect();
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
    }
}

#[test]
fn a_model_overrides_single_keys_of_the_policies() {
    let config = config(
        "version: 1
providers: {demo: {kind: demo}}
models:
  m: {targets: [{provider: demo}], retry: {attempts: 7}, sticky: {ttl: 1m}, cooldown: {for: 1s}}
  other: {targets: [{provider: demo}]}
routing: {retry: {budget: 9s}, sticky: {by: [user]}, cooldown: {failures: 9}}
",
    )
    .unwrap();
    let model = &config.models["m"];
    assert_eq!(
        (model.retry.attempts, model.retry.budget),
        (7, Duration::from_secs(9))
    );
    assert_eq!(
        (model.cooldown.failures, model.cooldown.hold),
        (9, Duration::from_secs(1))
    );
    let sticky = model.sticky.as_ref().unwrap();
    assert_eq!(
        (sticky.by.as_slice(), sticky.ttl),
        (
            [aigw_routing::StickySource::User].as_slice(),
            Duration::from_secs(60)
        )
    );
    assert_eq!(config.models["other"].retry.attempts, 4);
    assert_eq!(config.models["other"].fidelity, Fidelity::Lenient);
}

#[test]
fn references_are_resolved_and_shown_as_written() {
    let text = include_str!("../../../../fixtures/config/valid/references.yaml");
    let config = config(text).unwrap();
    let provider = &config.providers["gateway"];
    assert_eq!(
        provider.base_url.as_deref(),
        Some("http://10.1.2.3:8080/v1")
    );
    assert_eq!(
        provider.credentials[0].key.expose(),
        "prefix-sk-a-SEALED-sk-secret-SEALED"
    );
    assert_eq!(
        provider.credentials[0].shown,
        "[redacted]${KEY_A}[redacted]${secret:anthropic}"
    );
    assert_eq!(
        provider.headers[1].1.expose(),
        "costs $5, ${not a reference}"
    );
    assert_eq!(provider.max_in_flight, Some(17));
    assert!(provider.enabled);
    let set = &config.models["m"].params.set[0];
    assert_eq!(
        set.1,
        r#"{"team":"blue","raw":"${TEAM}","list":["blue",1]}"#
    );
    assert!(!format!("{config:?}").contains(SEALED));
}

#[test]
fn a_file_loses_the_line_end_at_its_end() {
    let config = config(EVERY_KEY).unwrap();
    assert_eq!(
        config.providers["pool"].credentials[1].key.expose(),
        "sk-file-SEALED"
    );
}

#[test]
fn params_keep_the_spelling_of_numbers() {
    let text = include_str!("../../../../fixtures/config/valid/params-raw-json.yaml");
    let config = config(text).unwrap();
    let defaults = &config.models["m"].params.defaults;
    let value = |name: &str| {
        defaults
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, raw)| raw.as_str())
    };
    assert_eq!(value("temperature"), Some("0.70"));
    assert_eq!(value("seed"), Some("12345678901234567890123"));
    assert_eq!(value("exponent"), Some("1E+3"));
    assert_eq!(value("hex"), Some("31"));
    assert_eq!(value("yes_is_text"), Some("\"yes\""));
    assert_eq!(value("quoted_number"), Some("\"1.0\""));
    assert_eq!(
        value("nested"),
        Some(r#"{"b":[1,"two",{"c":3.00}],"a":""}"#)
    );
    assert_eq!(value("folded"), Some("\"tab\\there \\u0001 😀\""));
}

#[test]
fn targets_without_a_model_send_the_public_name_and_globs_what_the_caller_sent() {
    let text = include_str!("../../../../fixtures/config/valid/globs-and-rewrites.yaml");
    let text = text.replace(
        "claude-sonnet-4-5[1m]\": {targets: [{provider: anthropic, model: claude-sonnet-4-5}]",
        "plain\": {targets: [{provider: anthropic}]",
    );
    let config = config(&text).unwrap();
    assert_eq!(config.models["claude-*"].targets[0].model, None);
    assert_eq!(
        config.models["plain"].targets[0].model.as_deref(),
        Some("plain")
    );
}

#[test]
fn fallbacks_by_alias_lead_to_the_model() {
    let config = config(include_str!(
        "../../../../fixtures/config/valid/fallback-chain.yaml"
    ))
    .unwrap();
    let names: Vec<&str> = config.models["first"]
        .fallbacks
        .iter()
        .map(|name| &**name)
        .collect();
    assert_eq!(names, ["second", "third"]);
    let chain: Vec<&str> = chain(&config, &config.models["first"])
        .iter()
        .map(|model| &*model.name)
        .collect();
    assert_eq!(chain, ["second", "fourth", "third"]);
}

#[test]
fn the_digest_is_the_sha_256_of_the_text() {
    assert_eq!(
        hex_digest("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let one = compile(EVERY_KEY).config.unwrap().digest;
    let other = compile(&format!("{EVERY_KEY}\n")).config.unwrap().digest;
    assert_ne!(one, other);
}

#[test]
fn problems_beyond_the_bound_are_counted() {
    let unknown = (0..2000)
        .map(|number| format!("u{number}: 1\n"))
        .collect::<Vec<_>>()
        .concat();
    let problems = compile(&format!("version: 1\n{unknown}")).problems;
    assert_eq!(problems.len(), 501);
    assert_eq!(problems[500].code, "too_many_problems");
    assert_eq!(problems[500].reason, "1502 more problems are not listed");
}

#[test]
fn problems_of_later_sections_name_the_section_once() {
    let text = include_str!("../../../../fixtures/config/invalid/later-sections.yaml");
    let problems = compile(text).problems;
    assert_eq!(
        problems
            .iter()
            .filter(|problem| problem.path == "telemetry")
            .count(),
        1
    );
    assert!(
        problems
            .iter()
            .all(|problem| problem.code == "not_in_this_version")
    );
}
