//! System messages and conversation, written.

use std::collections::HashMap;

use super::DIALECT;
use super::pen::{Pen, Side};
use crate::codec::Target;
use crate::hub::{Loss, Part, PartKind, Reason, Request, Role, Turn, calls};
use crate::json::writer::Writer;

/// Writes `systemInstruction` and `contents`.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let leading = |turn: &&Turn<'_>| matches!(turn.role, Role::System | Role::Developer);
    let mut first = request.turns.iter().take_while(leading).count();
    if first == request.turns.len() {
        // Without contents a request is refused.
        first = 0;
    }
    let (system, conversation) = request.turns.split_at(first);
    let is_result = |part: &Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
    let answered = conversation
        .iter()
        .any(|turn| turn.parts.iter().any(is_result));
    let calls = if answered {
        calls(conversation)
    } else {
        HashMap::new()
    };
    let own = request.dialect == DIALECT;
    let mut pen = Pen {
        side: Side::Upstream(target),
        from: request.dialect,
        own,
        calls: &calls,
        contents: 0,
        carried: None,
        json: json.reborrow(),
        loss,
    };
    pen.instructions(system);
    pen.json.key("contents").open(b'[');
    // Contents alternate between two roles; nobody else can speak between them.
    let same = |a: &Turn<'_>, b: &Turn<'_>| {
        !own && (a.role == Role::Assistant) == (b.role == Role::Assistant)
    };
    for run in conversation.chunk_by(same) {
        pen.content(run);
    }
    pen.json.close(b']');
}

impl Pen<'_, '_> {
    fn instructions(&mut self, turns: &[Turn<'_>]) {
        let before = self.json.len();
        self.json.key("systemInstruction").open(b'{');
        self.json.key("parts").open(b'[');
        let empty = self.json.len();
        for turn in turns {
            turn.parts.iter().for_each(|part| self.part(part));
            self.turn_rest(turn);
        }
        if self.json.len() == empty {
            self.json.truncate(before);
        } else {
            self.json.close(b']');
            self.json.close(b'}');
        }
    }

    /// One content out of neighbouring turns.
    fn content(&mut self, turns: &[Turn<'_>]) {
        let Some(first) = turns.first() else { return };
        let before = self.json.len();
        self.json.open(b'{');
        let role = if first.role == Role::Assistant {
            "model"
        } else {
            "user"
        };
        let foreign = |turn: &Turn<'_>| matches!(turn.role, Role::System | Role::Developer);
        if turns.iter().any(foreign) {
            let path = format!("contents[{}].role", self.contents);
            self.loss.assume(path, "\"user\"");
        }
        self.json.key("role").string(role);
        self.json.key("parts").open(b'[');
        let empty = self.json.len();
        self.parts(turns);
        let nothing = self.json.len() == empty;
        self.json.close(b']');
        for turn in turns {
            self.turn_rest(turn);
            if self.own {
                self.json.extras(&turn.extras);
            }
        }
        self.json.close(b'}');
        if nothing && !self.own {
            self.json.truncate(before);
        } else {
            self.contents += 1;
        }
    }

    /// The parts of turns, results of functions first.
    fn parts(&mut self, turns: &[Turn<'_>]) {
        let result = |part: &&Part<'_>| matches!(part.kind, PartKind::ToolResult(_));
        let parts = || turns.iter().flat_map(|turn| &turn.parts);
        if self.own {
            return parts().for_each(|part| self.part(part));
        }
        parts().filter(result).for_each(|part| self.part(part));
        parts()
            .filter(|part| !result(part))
            .for_each(|part| self.part(part));
    }

    /// Members of a turn that this dialect cannot say.
    fn turn_rest(&mut self, turn: &Turn<'_>) {
        for value in [&turn.id, &turn.name, &turn.phase] {
            self.loss.drop_value(value.as_ref(), Reason::NotInDialect);
        }
        if !self.own {
            self.loss.drop_extras(&turn.extras);
        }
    }
}
