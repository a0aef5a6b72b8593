//! `aigw config preview FILE`.

use std::fmt::Write;
use std::process::ExitCode;

use aigw_config::{Inspection, ModelPreview, ReferenceState, TargetPreview, inspect};
use serde_json::{Value, json};

use crate::cli::{FileArgs, Format};
use crate::environment::Process;
use crate::failure::{Failure, print};

pub(crate) fn run(args: &FileArgs) -> Result<ExitCode, Failure> {
    let file = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    let inspection =
        aigw_gateway::with_catalog(|catalog| inspect(&file, &text, catalog, &Process, None));
    match args.format {
        Format::Text => print(as_text(&inspection, &file)),
        Format::Json => print(format_args!("{:#}\n", as_json(&inspection))),
    }
    Ok(if inspection.preview.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
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
        .map(super::config_validate::problem)
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
    let models = inspection
        .preview
        .as_ref()
        .map(|preview| preview.models.iter().map(model).collect::<Vec<_>>());
    json!({
        "valid": inspection.preview.is_some(), "problems": problems, "references": references, "models": models,
    })
}

fn model(model: &ModelPreview) -> Value {
    let targets: Vec<_> = model.targets.iter().map(target).collect();
    let dialects: serde_json::Map<_, _> = model
        .dialects
        .iter()
        .map(|dialect| {
            (
                dialect.dialect.clone(),
                Value::from(dialect.served.to_string()),
            )
        })
        .collect();
    json!({
        "name": model.name, "glob": model.glob, "aliases": model.aliases, "strategy": model.strategy,
        "targets": targets, "dialects": dialects, "fallbacks": model.fallbacks,
    })
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
