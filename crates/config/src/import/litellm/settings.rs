//! What belongs to the process, to client keys or to the environment.

use crate::import::writer::Writer;
use crate::spot::Spot;

/// Notes for `general_settings`.
const GENERAL: [(&str, &str); 6] = [
    (
        "master_key",
        "was not copied: set `AIGW_ADMIN_TOKEN` for administration, and create keys for callers with `aigw keys create`",
    ),
    (
        "database_url",
        "was not copied: start with `--store` if several replicas are to share one",
    ),
    ("alerting", "alerts are not part of the configuration"),
    (
        "max_parallel_requests",
        "set `limits.in_flight` for the gateway, or `max_in_flight` of a provider",
    ),
    ("global_max_parallel_requests", "set `limits.in_flight`"),
    ("max_request_size_mb", "set `limits.body`"),
];

pub(super) fn convert(writer: &mut Writer<'_>, root: Spot<'_>) {
    let general = root
        .member("general_settings")
        .map(Spot::members)
        .unwrap_or_default();
    for (key, spot) in general {
        let note = GENERAL
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, note)| *note);
        writer.manual(
            spot,
            note.unwrap_or("belongs to the process or to client keys here; nothing was written"),
        );
    }
    let environment = root
        .member("environment_variables")
        .map(Spot::members)
        .unwrap_or_default();
    for (key, spot) in environment {
        writer.manual(spot, format!("was not copied: set `{key}` in the environment of the gateway if the document refers to it"));
    }
}
