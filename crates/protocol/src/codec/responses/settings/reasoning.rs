//! How the model is to reason, written.

use super::Pen;
use crate::codec::Capabilities;
use crate::hub::{Effort, Reason, ReasoningMode, Request, effort};

impl Pen<'_, '_> {
    pub(super) fn reasoning(&mut self) {
        let asked = &self.request.reasoning;
        if !self.target.can(Capabilities::REASONING) && !self.own {
            self.loss
                .drop_value(asked.effort.as_ref(), Reason::NotSupported);
            self.loss
                .drop_value(asked.budget.as_ref(), Reason::NotSupported);
            self.loss
                .drop_value(asked.summary.as_ref(), Reason::NotSupported);
            self.loss.drop_extras(&asked.extras);
            return;
        }
        let before = self.json.len();
        self.json.key("reasoning").open(b'{');
        let empty = self.json.len();
        self.effort();
        match &asked.summary {
            Some(summary) => self.json.key("summary").text(summary),
            None if !self.own && wants_to_read(self.request) => {
                self.json.key("summary").string("auto");
                self.loss.assume("reasoning.summary", "\"auto\"");
            }
            None => {}
        }
        self.json.maybe_text("context", asked.context.as_ref());
        self.json.own_extras(&asked.extras, self.own, self.loss);
        let nothing = self.json.len() == empty;
        self.json.close(b'}');
        if nothing {
            self.json.truncate(before);
        }
    }

    fn effort(&mut self) {
        let asked = &self.request.reasoning;
        if let Some(effort) = &asked.effort {
            self.loss
                .drop_value(asked.budget.as_ref(), Reason::Overruled);
            return match &effort.value {
                Effort::Other(word) => self.json.key("effort").text(word),
                known => self
                    .json
                    .key("effort")
                    .string(known.name().unwrap_or_default()),
            };
        }
        let disabled = matches!(
            asked.mode.as_ref().map(|mode| &mode.value),
            Some(ReasoningMode::Disabled)
        );
        let by_budget = asked
            .budget
            .and_then(|budget| effort::of_budget(budget.value));
        let word = match &by_budget {
            Some(effort) => effort.name(),
            None if disabled => Some("none"),
            None => None,
        };
        if let Some(word) = word {
            self.json.key("effort").string(word);
            self.loss.assume("reasoning.effort", format!("\"{word}\""));
        }
        let mode = asked.mode.as_ref();
        let unknown = mode.filter(|mode| matches!(mode.value, ReasoningMode::Other(_)));
        self.loss.drop_value(unknown, Reason::NotInDialect);
    }
}

/// Whether the caller counts on reading what the model thinks.
fn wants_to_read(request: &Request<'_>) -> bool {
    let asked = &request.reasoning;
    let enabled = matches!(
        asked.mode.as_ref().map(|mode| &mode.value),
        Some(ReasoningMode::Enabled)
    );
    match &asked.display {
        Some(display) => display.is("summarized"),
        None => enabled || asked.include.is_some_and(|include| include.value),
    }
}

pub(super) fn asks_for_reasoning(request: &Request<'_>) -> bool {
    let asked = &request.reasoning;
    let effort = asked.effort.as_ref();
    let modes = asked.mode.as_ref().map(|mode| &mode.value);
    let disabled = matches!(modes, Some(ReasoningMode::Disabled))
        || asked.budget.is_some_and(|budget| budget.value == 0)
        || effort.is_some_and(|effort| effort.value == Effort::None);
    let read = asked.summary.is_some() || wants_to_read(request);
    !disabled && (read || effort.is_some() || asked.budget.is_some() || modes.is_some())
}
