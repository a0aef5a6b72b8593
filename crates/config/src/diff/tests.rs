use super::*;

const BASE: &str = "
version: 1
providers:
  openai: {kind: openai, api_key: '${OPENAI_API_KEY}', timeouts: {total: 10m}}
  azure: {kind: openai-compatible, base_url: 'https://azure.example.com/v1', api_key: '${AZURE_KEY}'}
  pool: {kind: anthropic, credentials: [{name: a, api_key: '${KEY_A}'}, {name: b, api_key: '${KEY_B}'}]}
models:
  gpt:
    targets:
      - {provider: openai, model: gpt-4o, weight: 3}
      - {provider: azure, model: prod-4o, priority: 1}
    fallbacks: [claude, mini]
    aliases: [gpt-latest]
    params: {set: {store: false}}
  claude: {targets: [{provider: pool, model: sonnet}]}
  mini: {targets: [{provider: openai, model: gpt-4o-mini}]}
routing:
  retry: {attempts: 3}
rewrites:
  - {from: 'old-*', to: gpt}
limits: {body: 32MiB}
";

fn priced(model: &str) -> bool {
    !model.contains("unheard-of")
}

fn between(before: &str, after: &str) -> Diff {
    let (before, after) = (
        Document::parse(before).unwrap(),
        Document::parse(after).unwrap(),
    );
    let none = BTreeMap::new();
    let side = |document| Side {
        document,
        secrets: &none,
    };
    diff(side(&before), side(&after), Some(&priced))
}

/// The diff after replacing a piece of the base, which must be there.
fn edit(old: &str, new: &str) -> Diff {
    assert!(BASE.contains(old), "{old}");
    between(BASE, &BASE.replace(old, new))
}

fn lines(diff: &Diff) -> Vec<String> {
    diff.changes.iter().map(ToString::to_string).collect()
}

fn risks(diff: &Diff) -> Vec<String> {
    let all = diff.changes.iter().flat_map(|change| &change.risks);
    all.map(|risk| format!("{} {}", risk.severity.as_str(), risk.code))
        .collect()
}

#[test]
fn what_means_the_same_is_no_change() {
    for (old, new) in [
        ("total: 10m", "total: 600s"),
        ("body: 32MiB", "body: 33554432"),
        ("weight: 3}", "weight: 3, priority: 0}"),
        ("kind: openai,", "kind: openai, enabled: true, probe: off,"),
        ("attempts: 3", "attempts: '3', backoff: 200ms"),
        ("limits: {body", "limits: {in_flight: 4096, body"),
        (
            "routing:",
            "# comment\nrouting:\n  sticky: {ttl: 30m}\n  fallback_on: [overloaded, rate_limited, server_error, network, timeout, auth, billing, model_missing, context_length]",
        ),
        (
            "{name: a, api_key: '${KEY_A}'}, {name: b, api_key: '${KEY_B}'}",
            "{name: b, api_key: '${KEY_B}'}, {name: a, api_key: '${KEY_A}'}",
        ),
    ] {
        let found = edit(old, new);
        assert!(found.is_empty(), "{old} -> {new}: {found}");
    }
    assert_eq!(between(BASE, BASE).to_string(), "no change\n");
}

#[test]
fn changes_are_told_by_meaning_with_the_defaults_that_held() {
    let cases = [
        (
            "total: 10m",
            "total: 10m, idle: 30s",
            "~ provider openai: timeout idle 60s (default) → 30s",
        ),
        (
            "total: 10m",
            "total: 5m",
            "~ provider openai: timeout total 10m → 5m",
        ),
        (
            "weight: 3}",
            "weight: 5}",
            "~ model gpt: target openai/gpt-4o weight 3 → 5",
        ),
        (
            "gpt-4o, weight",
            "gpt-5, weight",
            "~ model gpt: target openai/gpt-5 model gpt-4o → gpt-5",
        ),
        (
            "      - {provider: azure, model: prod-4o, priority: 1}\n",
            "",
            "- model gpt: target azure/prod-4o removed",
        ),
        (
            "[claude, mini]",
            "[mini]",
            "- model gpt: fallback claude removed",
        ),
        (
            "[claude, mini]",
            "[mini, claude]",
            "~ model gpt: fallbacks reordered: claude, mini → mini, claude",
        ),
        (
            "aliases: [gpt-latest]",
            "aliases: [gpt-latest, g]",
            "+ model gpt: alias g added",
        ),
        (
            "attempts: 3",
            "attempts: 2",
            "~ routing: retry attempts 3 → 2",
        ),
        ("to: gpt}", "to: mini}", "~ rewrite old-*: to gpt → mini"),
        (
            "{store: false}",
            "{store: true}",
            "~ model gpt: params set store false → true",
        ),
        (
            "kind: openai,",
            "kind: openai, rate_limit: {requests_per_second: 5},",
            "+ provider openai: rate_limit added {requests_per_second: 5}",
        ),
        (
            "kind: openai,",
            "kind: openai, probe: {path: /health},",
            "~ provider openai: probe off (default) → {path: /health}",
        ),
        (
            "    params:",
            "    retry: {attempts: 9}\n    params:",
            "+ model gpt: retry attempts added 9",
        ),
        (
            "    params:",
            "    sticky: off\n    params:",
            "+ model gpt: sticky added off",
        ),
    ];
    for (old, new, line) in cases {
        assert_eq!(lines(&edit(old, new)), [line], "{old} -> {new}");
    }
}

#[test]
fn a_target_without_an_upstream_model_has_the_public_name() {
    let named = "models: {m: {targets: [{provider: p, model: m}]}}";
    assert!(between("models: {m: {targets: [{provider: p}]}}", named).is_empty());
}

#[test]
fn a_renamed_provider_is_one_change() {
    let text = BASE
        .replace("  azure:", "  azure-eu:")
        .replace("provider: azure", "provider: azure-eu");
    assert_eq!(
        lines(&between(BASE, &text)),
        ["~ provider azure-eu renamed from azure"]
    );
    let touches = &between(BASE, &text).changes[0].touches;
    assert_eq!(touches.providers, ["azure-eu", "azure"]);
    assert_eq!(touches.models, ["gpt"]);
}

#[test]
fn a_renamed_model_takes_its_name_from_callers() {
    let text = BASE
        .replace("  mini:", "  small:")
        .replace("mini]", "small]");
    let found = between(BASE, &text);
    assert_eq!(lines(&found), ["~ model small renamed from mini"]);
    assert_eq!(risks(&found), ["high name_removed"]);
}

#[test]
fn whole_entries_are_added_and_removed_with_their_content_redacted() {
    let text = BASE.replace(
        "models:\n",
        "  new: {kind: openai, api_key: sk-canary, headers: {X: canary}}\nmodels:\n",
    );
    assert_eq!(
        lines(&between(BASE, &text)),
        ["+ provider new added {kind: openai, api_key: [redacted], headers: {X: [redacted]}}"]
    );
    assert_eq!(lines(&between(&text, BASE)), ["- provider new removed"]);
}

/// What is replaced in the base, by what, and the risks of it.
const RISKS: &[(&str, &str, &[&str])] = &[
    (
        "      - {provider: azure, model: prod-4o, priority: 1}\n",
        "",
        &["medium target_removed"],
    ),
    (
        "      - {provider: openai, model: gpt-4o, weight: 3}\n",
        "",
        &["medium target_removed", "medium traffic_moves"],
    ),
    (
        "pool, model: sonnet",
        "azure, model: sonnet",
        &["medium target_removed", "medium traffic_moves"],
    ),
    (
        "pool, model: sonnet",
        "nowhere, model: sonnet",
        &["high target_removed"],
    ),
    ("weight: 3", "weight: 0", &["medium target_drained"]),
    (
        "model: sonnet}",
        "model: sonnet, weight: 0}",
        &["high target_drained"],
    ),
    (
        "kind: openai,",
        "kind: openai, enabled: false,",
        &["high provider_disabled", "medium provider_disabled"],
    ),
    ("[claude, mini]", "[mini]", &["medium fallback_lost"]),
    (
        "[claude, mini]",
        "[]",
        &["high fallback_lost", "high fallback_lost"],
    ),
    ("[gpt-latest]", "[]", &["high name_removed"]),
    ("total: 10m", "total: 1m", &["medium timeout_short"]),
    (
        "total: 10m",
        "idle: 5s, total: 10m",
        &["medium timeout_short"],
    ),
    ("total: 10m", "total: 9m", &[]),
    (
        "azure.example.com",
        "other.example.com",
        &["high host_changed"],
    ),
    ("https://azure", "http://azure", &["high clear_text"]),
    (
        "api_key: '${AZURE_KEY}'",
        "headers: {}",
        &["high key_removed"],
    ),
    (
        ", {name: b, api_key: '${KEY_B}'}",
        "",
        &["medium key_removed"],
    ),
    (
        "model: gpt-4o-mini",
        "model: unheard-of",
        &["medium upstream_changed", "medium price_unknown"],
    ),
    (
        "  mini:",
        "  more: {targets: [{provider: azure, model: unheard-of}]}\n  mini:",
        &["medium price_unknown"],
    ),
    (
        "    params:",
        "    fidelity: strict\n    params:",
        &["medium fidelity_changed"],
    ),
    ("attempts: 3", "attempts: 1", &["medium no_retry"]),
    (
        "routing:",
        "routing:\n  cooldown: {failures: 1000}",
        &["medium cooldown_disabled"],
    ),
    (
        "    params:",
        "    cooldown: {for: 1ms}\n    params:",
        &["medium cooldown_disabled"],
    ),
    (
        "routing:",
        "routing:\n  fallback_on: [timeout, rate_limited, overloaded, server_error, network, auth, billing, model_missing]",
        &["medium fallback_lost"],
    ),
    ("body: 32MiB", "body: 64MiB", &["low limit_raised"]),
    ("body: 32MiB", "body: 1MiB", &["medium limit_lowered"]),
    (
        "kind: openai,",
        "kind: openai, max_in_flight: 5,",
        &["low limit_lowered"],
    ),
    (
        "to: gpt}",
        "to: gpt}\n  - {from: 'c*', to: gpt}",
        &["medium traffic_moves"],
    ),
    (
        "kind: openai,",
        "kind: openai, network: {allow: [10.0.0.0/8]},",
        &["medium network_widened"],
    ),
];

#[test]
fn risks_say_what_may_go_wrong() {
    for (old, new, expected) in RISKS {
        let found = edit(old, new);
        assert_eq!(risks(&found), *expected, "{old} -> {new}: {found}");
        assert!(!found.is_empty(), "{old} -> {new}");
    }
}

#[test]
fn a_limit_that_goes_away_is_told() {
    let limited = BASE.replace(
        "kind: openai,",
        "kind: openai, max_in_flight: 5, rate_limit: {requests_per_second: 1},",
    );
    assert_eq!(
        risks(&between(&limited, BASE)),
        ["low limit_removed", "low limit_removed"]
    );
}

#[test]
fn another_secret_behind_the_same_reference_is_a_change_without_a_value() {
    let document = Document::parse(BASE).unwrap();
    let digests = |value: &str| BTreeMap::from([(String::from("${KEY_B}"), String::from(value))]);
    let (old, new) = (digests("digest-1"), digests("digest-2"));
    let side = |secrets| Side {
        document: &document,
        secrets,
    };
    let found = diff(side(&old), side(&new), Some(&priced));
    assert_eq!(
        lines(&found),
        ["~ provider pool: credential b api_key secret changed"]
    );
    assert_eq!(
        found.changes[0].touches.credentials,
        [(String::from("pool"), String::from("b"))]
    );
    assert!(!serde_json::to_string(&found).unwrap().contains("digest-"));
    assert!(diff(side(&old), side(&old), Some(&priced)).is_empty());
    assert!(diff(side(&old), side(&BTreeMap::new()), Some(&priced)).is_empty());
}

#[test]
fn literal_secrets_never_show_however_they_change() {
    let with = |key: &str| {
        format!(
            "providers: {{p: {{kind: openai, api_key: {key}-1, base_url: 'https://u:{key}-2@h/{key}x', headers: {{X-A: {key}-3}}, \
             apikey: {key}-4, credentials: [{{name: a, api_key: {key}-5}}]}}}}\nclients: {{secret: {key}-6}}\n\
             models: {{m: {{params: {{set: {{api_key: {key}-7, password: [{key}]}}}}}}}}"
        )
    };
    let (one, two) = (with("canaryone"), with("canarytwo"));
    for (before, after) in [
        (one.as_str(), two.as_str()),
        ("", &one),
        (&one, ""),
        (&two, "providers: {p: {kind: x}}"),
    ] {
        let found = between(before, after);
        assert!(!found.is_empty());
        let json = serde_json::to_string(&found).unwrap()
            + &serde_json::to_string(&found.side_by_side()).unwrap();
        // The path of a URL is no secret.
        let all = format!("{found}{json}")
            .replace("/canaryonex", "")
            .replace("/canarytwox", "");
        assert!(!all.contains("canary"), "{all}");
    }
    let told = lines(&between(&one, &two));
    assert!(
        told.contains(&String::from("~ provider p: api_key secret changed")),
        "{told:?}"
    );
    assert!(
        told.contains(&String::from("~ clients secret changed")),
        "{told:?}"
    );
}

#[test]
fn touches_name_whom_to_count() {
    let touched = |old: &str, new: &str| edit(old, new).changes.remove(0).touches;
    assert_eq!(touched("total: 10m", "total: 5m").models, ["gpt", "mini"]);
    assert_eq!(
        touched("attempts: 3", "attempts: 2").models,
        ["gpt", "claude", "mini"]
    );
    assert_eq!(touched("'old-*'", "'older-*'").requested, ["old-*"]);
    assert!(touched("body: 32MiB", "body: 1MiB").everything);
    let target = touched("weight: 3}", "weight: 5}");
    assert_eq!(
        (target.models, target.providers),
        (vec![String::from("gpt")], vec![String::from("openai")])
    );
    let own = BASE.replace("    params:", "    retry: {attempts: 9}\n    params:");
    let inherited = between(&own, &own.replace("attempts: 3", "attempts: 2"))
        .changes
        .remove(0);
    assert_eq!(inherited.touches.models, ["claude", "mini"]);
}

#[test]
fn both_sides_stand_next_to_each_other_by_subject() {
    let text = BASE
        .replace("total: 10m", "total: 1m, idle: 20s")
        .replace("[claude, mini]", "[mini]");
    let sections = between(BASE, &text).side_by_side();
    let subjects: Vec<_> = sections
        .iter()
        .map(|section| section.subject.as_str())
        .collect();
    assert_eq!(subjects, ["provider openai", "model gpt"]);
    assert_eq!(sections[0].rows[0].part, "timeout idle");
    assert_eq!(sections[0].rows[0].before.as_deref(), Some("60s (default)"));
    assert_eq!(sections[0].severity, Some(RiskSeverity::Medium));
    assert_eq!(
        (
            sections[1].rows[0].change,
            sections[1].rows[0].after.clone()
        ),
        (2, None)
    );
}

#[test]
fn text_is_grouped_with_the_risks_below() {
    assert_eq!(
        edit("[claude, mini]", "[mini]").to_string(),
        "models\n  - model gpt: fallback claude removed\n      medium risk [fallback_lost]: one model less is tried when this one fails\n"
    );
}

#[test]
fn paths_name_items_by_identity() {
    assert_eq!(
        edit("weight: 3}", "weight: 5}").changes[0].path,
        "models.gpt.targets[openai/gpt-4o].weight"
    );
}

#[test]
fn every_key_that_is_taken_out_is_told() {
    let text = include_str!("../../../../fixtures/config/valid/every-key.yaml");
    let found = between(text, "version: 1");
    assert_eq!(
        found
            .changes
            .iter()
            .filter(|change| change.area == "limits")
            .count(),
        7
    );
    assert!(between(text, text).is_empty());
}
