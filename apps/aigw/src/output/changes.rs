//! What differs between two documents, as the admin API tells it.

use serde_json::Value;

use super::{Table, cell};

/// One row for each change.
pub(crate) fn changes_table(changes: &[Value]) -> Table {
    let mut table = Table::new(&[
        "path", "subject", "part", "kind", "before", "after", "risks",
    ]);
    for change in changes {
        let own = ["path", "subject", "part", "kind", "before", "after"];
        let mut row: Vec<_> = own.iter().map(|name| cell(&change[name])).collect();
        row.push(risks(change));
        table.push(row);
    }
    table
}

fn risks(change: &Value) -> String {
    let risks = change["risks"].as_array().into_iter().flatten();
    let risks = risks.map(|risk| {
        let text = |name: &str| cell(&risk[name]);
        format!("{} [{}]: {}", text("severity"), text("code"), text("text"))
    });
    risks.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_change_is_a_row() {
        let changes = [
            json!({"path": "providers.a.timeouts.idle", "subject": "provider a", "part": "timeout idle", "kind": "changed",
                   "before": ["60s"], "after": ["30s"], "risks": [{"severity": "low", "code": "c", "text": "t"}]}),
            json!({"path": "models.m", "subject": "model m", "part": "", "kind": "removed", "before": ["{}"], "after": [], "risks": []}),
        ];
        assert_eq!(
            changes_table(&changes).csv(),
            "path,subject,part,kind,before,after,risks\n\
             providers.a.timeouts.idle,provider a,timeout idle,changed,60s,30s,low [c]: t\n\
             models.m,model m,,removed,{},,\n"
        );
    }
}
