use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

const GIVEN: &str = "any-text-of-enough-length";

fn pepper() -> Pepper {
    Pepper::new(&[7; 32])
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_str(value).expect("a header value"),
        )
    };
    pairs.iter().map(pair).collect()
}

fn keys() -> (ClientKeys, String) {
    let key = generate().expect("random");
    let rows = [
        KeyRow::generated("made", &key, &pepper()),
        KeyRow::given("given", GIVEN, &pepper()),
    ];
    (ClientKeys::new(pepper(), rows), key.text.expose().clone())
}

fn name(keys: &ClientKeys, pairs: &[(&'static str, &str)]) -> Result<String, AuthError> {
    keys.authenticate(&headers(pairs))
        .map(|key| key.name.to_string())
}

#[test]
fn each_of_the_four_headers_carries_a_key() {
    let (keys, made) = keys();
    for (header, prefix) in [
        ("authorization", "Bearer "),
        ("authorization", "bEARER  "),
        ("x-api-key", ""),
        ("x-goog-api-key", ""),
        ("api-key", ""),
    ] {
        assert_eq!(
            name(&keys, &[(header, &format!("{prefix}{made}"))]),
            Ok("made".into()),
            "{header}"
        );
        assert_eq!(
            name(&keys, &[(header, &format!("{prefix}{GIVEN}"))]),
            Ok("given".into()),
            "{header}"
        );
    }
}

#[test]
fn any_valid_key_is_enough_when_several_are_sent() {
    let (keys, made) = keys();
    let bearer = format!("Bearer {made}");
    assert_eq!(
        name(
            &keys,
            &[
                ("authorization", &bearer),
                ("x-api-key", "sk-ant-other-key")
            ]
        ),
        Ok("made".into())
    );
    assert_eq!(
        name(
            &keys,
            &[("authorization", "Bearer sk-other"), ("x-api-key", GIVEN)]
        ),
        Ok("given".into())
    );
}

#[test]
fn tells_missing_from_wrong() {
    let (keys, made) = keys();
    for nothing in [
        vec![],
        vec![("authorization", "")],
        vec![("authorization", "Bearer ")],
        vec![("x-api-key", " ")],
    ] {
        assert_eq!(
            name(&keys, &nothing),
            Err(AuthError::Missing),
            "{nothing:?}"
        );
    }
    let (cut, longer) = (&made[..made.len() - 1], format!("{made}a"));
    let huge = "k".repeat(10_000);
    for wrong in [
        cut,
        &longer,
        "sk-aigw-",
        "sk-aigw-aaaaaaaaaa-",
        &made.to_uppercase(),
        "two words",
        &huge,
    ] {
        assert_eq!(
            name(&keys, &[("x-api-key", wrong)]),
            Err(AuthError::Wrong),
            "{wrong}"
        );
    }
    assert_eq!(
        name(&keys, &[("authorization", &format!("Basic {made}"))]),
        Err(AuthError::Missing)
    );
    assert_eq!(
        name(&keys, &[("authorization", &format!("Bearer{made}"))]),
        Err(AuthError::Missing)
    );
}

#[test]
fn the_id_of_one_key_does_not_open_with_the_secret_of_another() {
    let (one, other) = (generate().expect("random"), generate().expect("random"));
    let rows = [
        KeyRow::generated("one", &one, &pepper()),
        KeyRow::generated("other", &other, &pepper()),
    ];
    let keys = ClientKeys::new(pepper(), rows);
    let secret = other.text.expose().rsplit('-').next().expect("a secret");
    assert_eq!(
        name(
            &keys,
            &[("x-api-key", &format!("sk-aigw-{}-{secret}", one.id))]
        ),
        Err(AuthError::Wrong)
    );
}

#[test]
fn a_given_key_may_look_like_a_generated_one() {
    let key = generate().expect("random");
    let keys = ClientKeys::new(
        pepper(),
        [KeyRow::given("bootstrap", key.text.expose(), &pepper())],
    );
    assert_eq!(
        name(&keys, &[("x-api-key", key.text.expose())]),
        Ok("bootstrap".into())
    );
}

#[test]
fn without_rows_nobody_is_let_in_and_open_lets_in_everybody() {
    let keys = ClientKeys::new(pepper(), []);
    assert_eq!(name(&keys, &[("x-api-key", GIVEN)]), Err(AuthError::Wrong));
    assert_eq!(name(&ClientKeys::open(), &[]), Ok("open".into()));
}

#[test]
fn replaced_keys_are_seen_by_every_clone() {
    let (keys, made) = keys();
    keys.clone().replace(
        pepper(),
        [KeyRow::given("new", "another-long-text", &pepper())],
    );
    assert_eq!(name(&keys, &[("x-api-key", &made)]), Err(AuthError::Wrong));
    assert_eq!(
        name(&keys, &[("x-api-key", "another-long-text")]),
        Ok("new".into())
    );
}

#[test]
fn generated_keys_differ_and_have_their_form() {
    let (one, other) = (generate().expect("random"), generate().expect("random"));
    assert_ne!(one.text, other.text);
    let text = one.text.expose();
    assert_eq!(text.len(), "sk-aigw-".len() + 10 + 1 + 32);
    assert_eq!(id_of(text), Some(one.id.as_str()));
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    );
}

#[test]
fn debug_shows_no_key_material() {
    let (keys, made) = keys();
    let shown = format!(
        "{keys:?} {:?} {:?}",
        generate().expect("random").text,
        pepper()
    );
    let secret = made.rsplit('-').next().expect("a secret");
    assert!(!shown.contains(secret) && !shown.contains(GIVEN), "{shown}");
}

/// The keys with one row, whose rules are `rules`.
fn ruled(id: Option<&str>, text: &str, rules: KeyRules) -> ClientKeys {
    let row = KeyRow {
        name: "ruled".into(),
        id: id.map(Into::into),
        hash: pepper().hash(text),
        rules,
    };
    ClientKeys::new(pepper(), [row])
}

#[test]
fn an_expired_key_is_told_from_a_wrong_one() {
    let over = KeyRules {
        expires_at: Some(1),
        ..KeyRules::default()
    };
    let keys = ruled(None, GIVEN, over);
    assert_eq!(
        name(&keys, &[("x-api-key", GIVEN)]),
        Err(AuthError::Expired)
    );
    assert_eq!(
        name(&keys, &[("x-api-key", "other-text")]),
        Err(AuthError::Wrong)
    );
    let later = KeyRules {
        expires_at: Some(u64::MAX),
        ..KeyRules::default()
    };
    let keys = ruled(None, GIVEN, later);
    assert_eq!(name(&keys, &[("x-api-key", GIVEN)]), Ok("ruled".into()));
}

#[test]
fn after_a_rotation_both_texts_are_good_until_the_grace_time_is_over() {
    let (old, new) = (generate().unwrap(), generate().unwrap());
    for id in [None, Some("one")] {
        let text = |key: &GeneratedKey| match id {
            Some(id) => {
                let secret = key.text.expose().rsplit('-').next().unwrap();
                format!("sk-aigw-{id}-{secret}")
            }
            None => key.text.expose().clone(),
        };
        for (until, before) in [(u64::MAX, Ok("ruled".into())), (1, Err(AuthError::Wrong))] {
            let rules = KeyRules {
                previous: Some((pepper().hash(&text(&old)), until)),
                ..KeyRules::default()
            };
            let keys = ruled(id, &text(&new), rules);
            assert_eq!(
                name(&keys, &[("x-api-key", &text(&new))]),
                Ok("ruled".into())
            );
            assert_eq!(name(&keys, &[("x-api-key", &text(&old))]), before);
        }
    }
}
