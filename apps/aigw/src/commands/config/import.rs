//! `aigw config import --from litellm|reference FILE`.

use std::io::{self, Write};
use std::process::ExitCode;

use aigw_config::{Foreign, import};

use crate::cli::{ForeignFormat, Format, ImportArgs};
use crate::failure::{Failure, print};

pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let file = args.file.display();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    let from = match args.from {
        ForeignFormat::Litellm => Foreign::Litellm,
        ForeignFormat::Reference => Foreign::Reference,
    };
    let imported =
        aigw_gateway::with_catalog(|catalog| import(from, &text, catalog)).map_err(|problems| {
            let lines: Vec<_> = problems
                .iter()
                .map(|problem| format!("{file}:{problem}"))
                .collect();
            Failure::usage(format!("{file} cannot be read\n{}", lines.join("\n")))
        })?;
    match args.format {
        Format::Text => {
            print(&imported.document);
            let mut err = io::stderr().lock();
            for finding in &imported.findings {
                // With stderr closed, nobody wants the findings.
                let _ = writeln!(err, "{file}:{finding}");
            }
        }
        Format::Json => {
            let json = serde_json::to_string_pretty(&imported).map_err(Failure::operation)?;
            print(format_args!("{json}\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
