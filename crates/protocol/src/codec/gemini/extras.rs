//! Unknown members, each at the level that it came from.

use super::names::camel;
use super::pen::Pen;
use crate::hub::{Extra, Loss, Part};
use crate::json::value::Key;
use crate::json::writer::Writer;

/// Members of a part, beside its data.
const OF_PARTS: &[&str] = &[
    "videoMetadata",
    "partMetadata",
    "mediaResolution",
    "thought",
    "thoughtSignature",
];

/// Members of a candidate.
const OF_CANDIDATES: &[&str] = &[
    "safetyRatings",
    "citationMetadata",
    "tokenCount",
    "groundingAttributions",
    "groundingMetadata",
    "avgLogprobs",
    "urlContextMetadata",
    "finishMessage",
];

/// Members of the tool configuration.
const OF_TOOL_CONFIG: &[&str] = &["retrievalConfig", "includeServerSideToolInvocations"];

/// The member that chooses how tools are called, where the choice itself cannot say it.
pub(super) const MODE: &str = "mode";

fn is_among(extra: &Extra<'_>, names: &[&str]) -> bool {
    let key = extra.key.resolve();
    let name = camel(Key(key.as_bytes()));
    names.iter().any(|known| known.as_bytes() == &*name)
}

/// Whether it is what texts refer to.
pub(super) fn is_grounding(extra: &Extra<'_>) -> bool {
    is_among(extra, &["groundingMetadata"])
}

/// Whether it is a member of a candidate.
pub(super) fn is_of_candidate(extra: &Extra<'_>) -> bool {
    is_among(extra, OF_CANDIDATES)
}

/// Whether it is a member of the tool configuration.
pub(super) fn is_of_tool_config(extra: &Extra<'_>) -> bool {
    is_among(extra, OF_TOOL_CONFIG)
}

/// Whether it is the mode of function calls.
pub(super) fn is_mode(extra: &Extra<'_>) -> bool {
    is_among(extra, &[MODE])
}

/// Writes those that `wanted` accepts if they came from this dialect.
pub(super) fn write(
    extras: &[Extra<'_>],
    own: bool,
    json: &mut Writer<'_>,
    wanted: impl Fn(&Extra<'_>) -> bool,
) {
    for extra in extras.iter().filter(|extra| own && wanted(extra)) {
        json.extras(std::slice::from_ref(extra));
    }
}

/// Reports them if they came from another dialect.
pub(super) fn report(extras: &[Extra<'_>], own: bool, loss: &mut Loss) {
    if !own {
        loss.drop_extras(extras);
    }
}

impl Pen<'_, '_> {
    /// Unknown members of the data of a part.
    pub(super) fn inner_extras(&mut self, part: &Part<'_>) {
        write(&part.extras, self.own, &mut self.json, |extra| {
            !is_among(extra, OF_PARTS)
        });
    }

    /// Unknown members of a part, and the report of those of other dialects.
    pub(super) fn outer_extras(&mut self, part: &Part<'_>) {
        write(&part.extras, self.own, &mut self.json, |extra| {
            is_among(extra, OF_PARTS)
        });
        report(&part.extras, self.own, self.loss);
    }

    /// All unknown members of a part whose data has none.
    pub(super) fn flat_extras(&mut self, part: &Part<'_>) {
        self.json.own_extras(&part.extras, self.own, self.loss);
    }
}
