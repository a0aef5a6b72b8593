//! What is decided before a request is written: the limit of tokens and reasoning, which depend on
//! each other and on the tools.

use super::DIALECT;
use crate::codec::{Capabilities, Target};
use crate::hub::{
    Effort, Loss, PartKind, Reason, ReasoningMode, Request, Role, ToolChoice, effort,
};

/// The most output tokens when neither the caller nor the model's description says.
pub(super) const DEFAULT_MAX_TOKENS: u64 = 8192;

/// What is decided before anything is written.
#[derive(Debug)]
pub(super) struct Plan<'r> {
    pub(super) max_tokens: u64,
    pub(super) thinking: Thinking,
    /// The effort that goes into `output_config`.
    pub(super) effort: Option<Effort<'r>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinking {
    /// Nothing is said.
    Unsaid,
    Disabled,
    Adaptive,
    Enabled(u64),
}

/// Decides on the limit of tokens and on reasoning, which depend on each other.
pub(super) fn plan<'r>(request: &'r Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Plan<'r> {
    let own = request.dialect == DIALECT;
    let asked = request.max_output_tokens.map(|tokens| tokens.value);
    let (mut thinking, effort) = if own {
        own_reasoning(request)
    } else {
        reasoning(request, target, loss)
    };
    if !own && thinking_is_refused(request, thinking) {
        loss.drop_value(request.reasoning.effort.as_ref(), Reason::Overruled);
        loss.drop_value(request.reasoning.budget.as_ref(), Reason::Overruled);
        thinking = Thinking::Unsaid;
    }
    let max_tokens = asked.unwrap_or_else(|| {
        let room = match thinking {
            Thinking::Enabled(budget) => budget + DEFAULT_MAX_TOKENS,
            _ => DEFAULT_MAX_TOKENS,
        };
        let tokens = target.max_output_tokens.unwrap_or(room);
        loss.assume("max_tokens", tokens.to_string());
        tokens
    });
    if let (Thinking::Enabled(budget), false) = (thinking, own) {
        thinking = fit(budget, max_tokens, request, loss);
    }
    Plan {
        max_tokens,
        thinking,
        effort,
    }
}

fn own_reasoning<'r>(request: &'r Request<'_>) -> (Thinking, Option<Effort<'r>>) {
    let reasoning = &request.reasoning;
    let thinking = match reasoning.mode.as_ref().map(|mode| &mode.value) {
        Some(ReasoningMode::Enabled) => {
            let budget = reasoning
                .budget
                .and_then(|budget| u64::try_from(budget.value).ok());
            Thinking::Enabled(budget.unwrap_or(effort::SMALLEST_BUDGET))
        }
        Some(ReasoningMode::Adaptive) => Thinking::Adaptive,
        Some(ReasoningMode::Disabled) => Thinking::Disabled,
        _ => Thinking::Unsaid,
    };
    (
        thinking,
        reasoning.effort.as_ref().map(|effort| effort.value.clone()),
    )
}

/// Reasoning as other dialects ask for it.
fn reasoning<'r>(
    request: &'r Request<'_>,
    target: &Target<'_>,
    loss: &mut Loss,
) -> (Thinking, Option<Effort<'r>>) {
    let asked = &request.reasoning;
    loss.drop_value(asked.context.as_ref(), Reason::NotInDialect);
    loss.drop_extras(&asked.extras);
    if !target.can(Capabilities::REASONING) {
        loss.drop_value(asked.effort.as_ref(), Reason::NotSupported);
        loss.drop_value(asked.budget.as_ref(), Reason::NotSupported);
        return (Thinking::Unsaid, None);
    }
    let adaptive = target.can(Capabilities::ADAPTIVE_REASONING);
    if let Some(budget) = asked.budget {
        return match u64::try_from(budget.value) {
            Ok(0) => (Thinking::Disabled, None),
            Ok(tokens) => (Thinking::Enabled(tokens.max(effort::SMALLEST_BUDGET)), None),
            Err(_) if adaptive => (Thinking::Adaptive, None),
            Err(_) => (assumed(&Effort::Medium, loss), None),
        };
    }
    match asked.effort.as_ref().map(|effort| &effort.value) {
        None if matches!(
            asked.mode.as_ref().map(|m| &m.value),
            Some(ReasoningMode::Disabled)
        ) =>
        {
            (Thinking::Disabled, None)
        }
        None => (Thinking::Unsaid, None),
        Some(Effort::None) => (Thinking::Disabled, None),
        Some(Effort::Other(_)) => {
            loss.drop_value(asked.effort.as_ref(), Reason::NotInDialect);
            (Thinking::Unsaid, None)
        }
        Some(effort) if adaptive => (Thinking::Adaptive, Some(nearest(effort, loss))),
        Some(effort) => (assumed(effort, loss), None),
    }
}

/// The effort that this dialect has a word for.
fn nearest(effort: &Effort<'_>, loss: &mut Loss) -> Effort<'static> {
    let (near, exact) = match effort {
        Effort::Minimal => (Effort::Low, false),
        Effort::Low => (Effort::Low, true),
        Effort::High => (Effort::High, true),
        Effort::Xhigh => (Effort::Xhigh, true),
        Effort::Max => (Effort::Max, true),
        _ => (Effort::Medium, true),
    };
    if !exact {
        let name = near.name().unwrap_or_default();
        loss.assume("output_config.effort", format!("\"{name}\""));
    }
    near
}

fn assumed(effort: &Effort<'_>, loss: &mut Loss) -> Thinking {
    let budget = effort::budget(effort).unwrap_or(effort::SMALLEST_BUDGET);
    loss.assume("thinking.budget_tokens", budget.to_string());
    Thinking::Enabled(budget)
}

/// A budget must leave room for the answer.
fn fit(budget: u64, max_tokens: u64, request: &Request<'_>, loss: &mut Loss) -> Thinking {
    if budget < max_tokens {
        return Thinking::Enabled(budget);
    }
    let smaller = max_tokens / 2;
    if smaller < effort::SMALLEST_BUDGET {
        loss.drop_value(request.reasoning.effort.as_ref(), Reason::Overruled);
        loss.drop_value(request.reasoning.budget.as_ref(), Reason::Overruled);
        return Thinking::Unsaid;
    }
    loss.assume("thinking.budget_tokens", smaller.to_string());
    Thinking::Enabled(smaller)
}

/// Thinking is refused together with a forced tool, and where a turn of tool calls that is being
/// continued does not begin with the signed thinking that led to it.
fn thinking_is_refused(request: &Request<'_>, thinking: Thinking) -> bool {
    if !matches!(thinking, Thinking::Enabled(_) | Thinking::Adaptive) {
        return false;
    }
    let forced = matches!(
        request.tool_choice.as_ref().map(|choice| &choice.value),
        Some(
            ToolChoice::Required
                | ToolChoice::Named(_)
                | ToolChoice::Server { .. }
                | ToolChoice::Allowed { required: true, .. }
        )
    );
    forced || (matches!(thinking, Thinking::Enabled(_)) && continues_unsigned(request))
}

fn continues_unsigned(request: &Request<'_>) -> bool {
    let mut turns = request.turns.iter().rev();
    let results = turns.next().is_some_and(|turn| {
        turn.parts
            .iter()
            .any(|part| matches!(part.kind, PartKind::ToolResult(_)))
    });
    let signed = |kind: &PartKind<'_>| match kind {
        PartKind::Reasoning(reasoning) => reasoning
            .state
            .as_ref()
            .is_some_and(|s| s.issuer == DIALECT),
        PartKind::Redacted(state) => state.issuer == DIALECT,
        _ => false,
    };
    let mut last = turns
        .skip_while(|turn| turn.role != Role::Assistant)
        .take_while(|turn| turn.role == Role::Assistant);
    results && !last.any(|turn| turn.parts.iter().any(|part| signed(&part.kind)))
}
