//! JSON texts with holes, so that answers keep the vendors' member order.

/// Puts raw JSON values into the `$name` holes of a template.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase() && c != '_')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if let Some((_, value)) = values.iter().find(|(key, _)| *key == name) {
            out.push_str(value);
        } else {
            out.extend(["$", name]);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A JSON string literal.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_take_their_values_and_values_are_not_searched_again() {
        let text = fill(
            r#"{"a":$first,"b":"$first","c":$other_one,"d":"$ 5"}"#,
            &[("first", "\"$other_one\""), ("other_one", "2")],
        );
        assert_eq!(
            text,
            r#"{"a":"$other_one","b":""$other_one"","c":2,"d":"$ 5"}"#
        );
    }
}
