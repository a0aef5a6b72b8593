//! The `config.yaml` of the LiteLLM proxy.

mod deployment;
mod router;
mod settings;

use super::writer::Writer;
use crate::spot::Spot;

/// Converts the whole file.
pub(super) fn convert(writer: &mut Writer<'_>, root: Spot<'_>) {
    let deployments = deployment::Deployments::read(writer, root);
    router::convert(writer, root, &deployments);
    settings::convert(writer, root);
    let known = [
        "model_list",
        "router_settings",
        "litellm_settings",
        "general_settings",
        "environment_variables",
    ];
    writer.rest(root, &known, "there is no counterpart; nothing was written");
}
