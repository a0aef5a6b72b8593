//! What a file would serve, as this machine sees it.

use std::fmt::Write;
use std::path::Path;

use aigw_config::{Inspection, ModelPreview, ReferenceState, Served, TargetPreview, inspect};
use serde_json::{Value, json};

use crate::commands::config_validate;
use crate::environment::Process;
use crate::failure::Failure;

/// What a file would serve, for people and for programs.
pub(super) struct Offline {
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) valid: bool,
}

pub(super) fn inspected(path: &Path) -> Result<Offline, Failure> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    let inspection =
        aigw_gateway::with_catalog(|catalog| inspect(&file, &text, catalog, &Process, None));
    Ok(Offline {
        text: as_text(&inspection, &file),
        json: as_json(&inspection),
        valid: inspection.preview.is_some(),
    })
}

fn as_text(inspection: &Inspection, file: &str) -> String {
    let mut out = String::new();
    for problem in &inspection.problems {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{file}:{problem}");
    }
    for state in &inspection.references {
        let _ = writeln!(
            out,
            "{}: {}, used by {}",
            state.reference,
            presence(state),
            state.reference.used_at.join(", ")
        );
    }
    if let Some(preview) = &inspection.preview {
        let _ = write!(out, "{preview}");
    }
    out
}

fn presence(state: &ReferenceState) -> &'static str {
    if state.present { "present" } else { "missing" }
}

fn as_json(inspection: &Inspection) -> Value {
    let problems: Vec<_> = inspection
        .problems
        .iter()
        .map(config_validate::problem)
        .collect();
    let references: Vec<_> = inspection
        .references
        .iter()
        .map(|state| {
            json!({
                "reference": state.reference.to_string(), "present": state.present,
                "used_at": state.reference.used_at,
            })
        })
        .collect();
    let preview = inspection.preview.as_ref().map(|preview| {
        let models: Vec<_> = preview.models.iter().map(model).collect();
        json!({"models": models, "text": preview.to_string()})
    });
    json!({
        "valid": preview.is_some(), "problems": problems, "references": references, "preview": preview,
    })
}

fn model(model: &ModelPreview) -> Value {
    let targets: Vec<_> = model.targets.iter().map(target).collect();
    let dialects = model.dialects.iter().map(|dialect| {
        let (served, via) = served(&dialect.served);
        json!({"dialect": dialect.dialect, "served": served, "via": via})
    });
    let dialects: Vec<_> = dialects.collect();
    json!({
        "name": model.name, "glob": model.glob, "aliases": model.aliases, "strategy": model.strategy,
        "targets": targets, "dialects": dialects, "fallbacks": model.fallbacks,
    })
}

/// In the words of the admin API.
fn served(served: &Served) -> (&'static str, &[String]) {
    match served {
        Served::Direct { others } => ("direct", others),
        Served::Translated { via } => ("translated", via),
        Served::ByFallback => ("by_fallback", &[]),
        Served::NotImplemented => ("not_implemented", &[]),
    }
}

fn target(target: &TargetPreview) -> Value {
    let asked: Vec<_> = target
        .asked
        .iter()
        .map(|asked| json!({"client": asked.client, "upstream": asked.upstream}))
        .collect();
    json!({
        "provider": target.provider, "model": target.model, "weight": target.weight,
        "priority": target.priority, "enabled": target.enabled, "dialects": target.dialects, "asked": asked,
    })
}
