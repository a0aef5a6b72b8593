//! `aigw config validate FILE`.

use std::process::ExitCode;

use aigw_config::{Problem, Severity};

use crate::cli::{FileArgs, Format};
use crate::document::Document;
use crate::failure::{Failure, print};

pub(crate) fn run(args: &FileArgs) -> Result<ExitCode, Failure> {
    let document = Document::read(&args.file)?;
    match args.format {
        Format::Text => print(text(&document, args)),
        Format::Json => print(format_args!("{:#}\n", json(&document, args))),
    }
    Ok(if document.config.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

fn text(document: &Document, args: &FileArgs) -> String {
    let mut out = String::new();
    for (_, line) in document.lines() {
        out.push_str(&line);
        out.push('\n');
    }
    let count = |severity| {
        document
            .problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let verdict = if document.config.is_some() {
        "valid"
    } else {
        "not valid"
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    out + &format!(
        "{}: {verdict}, errors: {errors}, warnings: {warnings}\n",
        args.file.display()
    )
}

fn json(document: &Document, args: &FileArgs) -> serde_json::Value {
    let problems: Vec<_> = document.problems.iter().map(problem).collect();
    let file = args.file.display().to_string();
    serde_json::json!({"file": file, "valid": document.config.is_some(), "problems": problems})
}

/// A problem as JSON.
pub(crate) fn problem(problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "severity": problem.severity.as_str(), "code": problem.code, "path": problem.path,
        "line": problem.line, "column": problem.column, "reason": problem.reason, "hint": problem.hint,
    })
}
