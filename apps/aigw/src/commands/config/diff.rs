//! `aigw config diff FILE FILE`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use aigw_config::{Document, Side, diff};

use crate::cli::{DiffArgs, Format};
use crate::failure::{Failure, print};

pub(crate) fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    let (before, after) = (parse(&args.before, &before)?, parse(&args.after, &after)?);
    // Both files meet the same environment, so that no secret behind a reference can differ.
    let secrets = BTreeMap::new();
    let side = |document| Side {
        document,
        secrets: &secrets,
    };
    let diff = diff(side(&before), side(&after), None);
    match args.format {
        Format::Text => print(&diff),
        Format::Json => {
            let json = serde_json::to_string_pretty(&diff).map_err(Failure::operation)?;
            print(format_args!("{json}\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn parse<'t>(path: &Path, text: &'t str) -> Result<Document<'t>, Failure> {
    Document::parse(text).map_err(|problems| {
        let lines: Vec<_> = problems
            .iter()
            .map(|problem| format!("{}:{problem}", path.display()))
            .collect();
        Failure::usage(format!(
            "{} cannot be read\n{}",
            path.display(),
            lines.join("\n")
        ))
    })
}
