//! Checks over the dependency graph.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::table::Rule;

/// Which package uses which, tests aside.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Names of the workspace's packages.
    members: BTreeSet<String>,
    /// Direct dependencies that are built into a package or build it. Two versions of a package share a name.
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Reads the resolved graph.
    pub(crate) fn read(metadata: &Metadata) -> Option<Self> {
        let name = |id: &PackageId| {
            metadata
                .packages
                .iter()
                .find(|p| &p.id == id)
                .map(|p| p.name.to_string())
        };
        let mut graph = Self {
            members: metadata.workspace_members.iter().filter_map(name).collect(),
            ..Self::default()
        };
        for node in &metadata.resolve.as_ref()?.nodes {
            let used = node.deps.iter().filter(|dep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
            });
            graph
                .uses
                .entry(name(&node.id)?)
                .or_default()
                .extend(used.filter_map(|dep| name(&dep.pkg)));
        }
        Some(graph)
    }

    /// The shortest chain of dependencies from one package to another.
    fn path(&self, from: &str, to: &str) -> Option<Vec<&str>> {
        let (from, _) = self.uses.get_key_value(from)?;
        let mut queue = VecDeque::from([vec![from.as_str()]]);
        let mut seen = BTreeSet::from([from.as_str()]);
        while let Some(path) = queue.pop_front() {
            let last = *path.last()?;
            if last == to {
                return Some(path);
            }
            for next in self.uses.get(last).into_iter().flatten() {
                if seen.insert(next) {
                    queue.push_back(path.iter().copied().chain([next.as_str()]).collect());
                }
            }
        }
        None
    }
}

/// Dependencies between our packages that the table does not allow, and packages it does not know.
pub(crate) fn arrows(graph: &Graph, rules: &[Rule]) -> Vec<String> {
    let mut violations = Vec::new();
    for member in &graph.members {
        let Some(rule) = rules.iter().find(|rule| rule.package == member) else {
            violations.push(format!("{member} has no row in the layer table (xtask/src/layers/table.rs): say what it may use"));
            continue;
        };
        let used = graph
            .uses
            .get(member)
            .into_iter()
            .flatten()
            .filter(|used| graph.members.contains(*used));
        for wrong in used.filter(|used| !rule.may_use.contains(used)) {
            violations.push(format!(
                "{member} must not use {wrong}: arrows only point down, and its row allows {:?}",
                rule.may_use
            ));
        }
    }
    violations
}

/// Packages in a crate's dependency tree that must not be there, with the chain that brings them in.
pub(crate) fn kept_out(graph: &Graph, rules: &[Rule]) -> Vec<String> {
    let mut violations = Vec::new();
    for rule in rules {
        for (packages, why) in rule.kept_out {
            for path in packages
                .iter()
                .filter_map(|package| graph.path(rule.package, package))
            {
                violations.push(format!("{}: {why}", path.join(" -> ")));
            }
        }
    }
    violations
}

/// More packages in Cargo.lock than the budget.
pub(crate) fn locked(lock: &str, most: usize) -> Vec<String> {
    let count = lock.lines().filter(|line| *line == "[[package]]").count();
    let over = (count > most).then(|| format!("Cargo.lock holds {count} packages, the budget is {most}: find the dependency that brought them"));
    over.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::table::{Allowed, RULES};
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in edges {
            graph
                .uses
                .entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
            graph.uses.entry((*to).to_owned()).or_default();
            graph.members.extend(
                [*from, *to]
                    .into_iter()
                    .filter(|name| name.starts_with("aigw"))
                    .map(str::to_owned),
            );
        }
        graph
    }

    #[test]
    fn an_arrow_that_points_up_is_named() {
        let violations = arrows(&graph(&[("aigw-protocol", "aigw-gateway")]), RULES);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(
            violations[0].starts_with("aigw-protocol must not use aigw-gateway"),
            "{violations:?}"
        );
        assert_eq!(
            arrows(&graph(&[("aigw-gateway", "aigw-protocol")]), RULES),
            [""; 0]
        );
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        let violations = arrows(&graph(&[("aigw", "aigw-testkit")]), RULES);
        assert!(
            violations[0].contains("must not use aigw-testkit"),
            "{violations:?}"
        );
    }

    #[test]
    fn a_package_without_a_row_is_named() {
        let violations = arrows(&graph(&[("aigw-new", "bytes")]), RULES);
        assert!(
            violations[0].contains("aigw-new has no row"),
            "{violations:?}"
        );
    }

    #[test]
    fn a_package_deep_in_the_tree_is_found_with_its_chain() {
        let violations = kept_out(
            &graph(&[
                ("aigw-protocol", "codec"),
                ("codec", "async-io"),
                ("async-io", "tokio"),
            ]),
            RULES,
        );
        assert_eq!(
            violations,
            [
                "aigw-protocol -> codec -> async-io -> tokio: pure crates compile and test without a socket, so they know no runtime"
            ]
        );
    }

    #[test]
    fn embedding_the_data_plane_brings_no_database_and_no_pages() {
        for package in ["sqlx", "askama"] {
            let violations = kept_out(
                &graph(&[
                    ("embed-gateway", "aigw-gateway"),
                    ("aigw-gateway", "x"),
                    ("x", package),
                ]),
                RULES,
            );
            assert_eq!(violations.len(), 2, "{violations:?}");
            assert!(
                violations
                    .iter()
                    .all(|v| v.contains("embeds the data plane")),
                "{violations:?}"
            );
        }
    }

    #[test]
    fn too_many_locked_packages_are_counted() {
        assert_eq!(
            locked("[[package]]\nname = \"a\"\n\n[[package]]\n", 2),
            [""; 0]
        );
        assert!(locked("[[package]]\n[[package]]\n", 1)[0].contains("holds 2 packages"));
    }

    #[test]
    fn the_table_itself_points_down() {
        for (place, rule) in RULES.iter().enumerate() {
            let Allowed::These(used) = rule.may_use else {
                continue;
            };
            for name in used {
                let row = RULES.iter().position(|other| other.package == *name);
                assert!(
                    row.is_some_and(|row| row < place),
                    "{} uses {name}, which does not stand above it",
                    rule.package
                );
            }
        }
    }
}
