//! What can be wrong with the text itself.

use super::Mark;

/// Something wrong with the text itself, before anyone asks what it means.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) path: String,
    pub(crate) mark: Mark,
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

/// What the parser's complaint at `mark` probably comes from.
pub(super) fn hint(complaint: &str, mark: Mark, text: &str) -> Option<&'static str> {
    let line = text
        .lines()
        .nth(mark.line.saturating_sub(1) as usize)
        .unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    if indent.contains('\t') {
        Some("indent with spaces, not with tabs")
    } else if complaint.contains("unknown anchor") {
        Some("a text that begins with `*` needs quotes")
    } else if complaint.contains("unexpected character") {
        Some("put the text into quotes")
    } else if complaint.contains("flow") {
        Some("a `{` or `[` before this place may lack its end")
    } else if complaint.contains("block mapping") {
        Some("keys of one section begin in the same column")
    } else {
        None
    }
}
