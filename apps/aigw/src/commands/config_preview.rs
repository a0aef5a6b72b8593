//! `aigw config preview FILE`.

use std::process::ExitCode;

use aigw_config::{ModelPreview, Preview};
use serde_json::{Value, json};

use crate::cli::{FileArgs, Format};
use crate::document::{self, Document};
use crate::failure::{Failure, print};

pub(crate) fn run(args: &FileArgs) -> Result<ExitCode, Failure> {
    let document = Document::read(&args.file)?;
    let warnings: String = document.lines().map(|(_, line)| line + "\n").collect();
    let config = document.into_config()?;
    let preview = document::preview(&config);
    match args.format {
        Format::Text => print(format_args!("{warnings}{preview}")),
        Format::Json => print(format_args!("{:#}\n", as_json(&preview, &config.digest))),
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(preview: &Preview, digest: &str) -> Value {
    let models: Vec<_> = preview.models.iter().map(model).collect();
    json!({"digest": digest, "models": models})
}

fn model(model: &ModelPreview) -> Value {
    let targets: Vec<_> = model
        .targets
        .iter()
        .map(|target| {
            json!({
                "provider": target.provider, "model": target.model, "weight": target.weight,
                "priority": target.priority, "enabled": target.enabled, "dialects": target.dialects,
            })
        })
        .collect();
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
