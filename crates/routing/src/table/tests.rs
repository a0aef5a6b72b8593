use super::*;
use crate::policy::RateLimit;

fn table(names: &[&str]) -> Table {
    let provider = ProviderSpec {
        key: "p".into(),
        ..ProviderSpec::default()
    };
    let models = names
        .iter()
        .map(|names| {
            let mut names = names.split(' ');
            let name = names.next().unwrap_or_default();
            let mut model = ModelSpec::new(name, vec![TargetSpec::new(0)]);
            model.aliases = names.map(Into::into).collect();
            model
        })
        .collect();
    Table::build(TableSpec {
        providers: vec![provider],
        models,
        ..TableSpec::default()
    })
    .unwrap()
}

fn found<'t>(table: &'t Table, name: &str) -> Option<&'t str> {
    table.find(name).map(|id| &*table.model(id).name)
}

#[test]
fn an_exact_name_beats_every_glob() {
    let table = table(&["*", "gpt-*", "gpt-4o alias-of-4o", "gpt-4*"]);
    assert_eq!(found(&table, "gpt-4o"), Some("gpt-4o"));
    assert_eq!(found(&table, "alias-of-4o"), Some("gpt-4o"));
}

#[test]
fn the_longest_literal_prefix_wins_among_globs() {
    let table = table(&["*", "gpt-*", "gpt-4*", "gpt-4*-mini", "?pt", "é*"]);
    assert_eq!(found(&table, "gpt-4o"), Some("gpt-4*"));
    assert_eq!(found(&table, "gpt-4o-mini"), Some("gpt-4*-mini"));
    assert_eq!(found(&table, "gpt-5"), Some("gpt-*"));
    assert_eq!(found(&table, "opt"), Some("?pt"));
    assert_eq!(found(&table, "ét"), Some("é*"));
    assert_eq!(found(&table, "ènt"), Some("*"));
}

#[test]
fn names_are_case_sensitive_and_whole() {
    let table = table(&["gpt-4o", "claude-*-x"]);
    assert_eq!(found(&table, "GPT-4o"), None);
    assert_eq!(found(&table, "claude-opus"), None);
    assert_eq!(found(&table, ""), None);
}

#[test]
fn near_names_are_typing_mistakes_continuations_and_vendor_prefixes() {
    let table = table(&["gpt-4o", "gpt-4o-mini", "claude-sonnet", "o3", "gpt-*"]);
    assert_eq!(table.near("gpt4o"), ["gpt-4o"]);
    assert_eq!(table.near("claude-sonet"), ["claude-sonnet"]);
    assert_eq!(table.near("claude"), ["claude-sonnet"]);
    assert_eq!(table.near("openai/gpt-4o-mini"), ["gpt-4o-mini"]);
    assert!(table.near("llama").is_empty());
    assert!(table.near(&"x".repeat(100_000)).is_empty());
}

#[test]
fn a_table_with_dangling_or_double_references_is_refused() {
    let build = |change: fn(&mut TableSpec)| {
        let provider = ProviderSpec {
            key: "p".into(),
            ..ProviderSpec::default()
        };
        let models = vec![ModelSpec::new("m", vec![TargetSpec::new(0)])];
        let mut spec = TableSpec {
            providers: vec![provider],
            models,
            ..TableSpec::default()
        };
        change(&mut spec);
        Table::build(spec).err()
    };
    assert_eq!(build(|_| ()), None);
    let unknown = TableError::UnknownProvider {
        model: "m".into(),
        provider: 9,
    };
    assert_eq!(
        build(|spec| spec.models[0].targets[0].provider = 9),
        Some(unknown)
    );
    let unknown = TableError::UnknownFallback {
        model: "m".into(),
        fallback: 1,
    };
    assert_eq!(
        build(|spec| spec.models[0].fallbacks = vec![1]),
        Some(unknown)
    );
    let twice = TableError::DuplicateName("m".into());
    assert_eq!(
        build(|spec| spec.models[0].aliases = vec!["m".into()]),
        Some(twice)
    );
    let twice = TableError::DuplicateKey("p".into());
    assert_eq!(
        build(|spec| spec.providers.push(spec.providers[0].clone())),
        Some(twice)
    );
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let limit = RateLimit {
            requests_per_second: rate,
            ..RateLimit::default()
        };
        let provider = ProviderSpec {
            key: "p".into(),
            rate_limit: Some(limit),
            ..ProviderSpec::default()
        };
        let spec = TableSpec {
            providers: vec![provider],
            ..TableSpec::default()
        };
        assert_eq!(
            Table::build(spec).err(),
            Some(TableError::BadRate("p".into()))
        );
    }
}
