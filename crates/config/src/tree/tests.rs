use super::scalar::{Plain, plain};
use super::*;

fn tree(text: &str) -> Tree<'_> {
    let built = build(text);
    assert!(built.faults.is_empty(), "{:?}", built.faults);
    built.tree.unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    build(text).faults.iter().map(|fault| fault.code).collect()
}

fn find(tree: &Tree<'_>, keys: &[&str]) -> NodeId {
    keys.iter()
        .fold(Tree::ROOT, |node, key| tree.member(node, key).unwrap())
}

#[test]
fn every_node_knows_its_line_column_and_path() {
    let tree = tree("a:\n  b.c: [x, {d: y}]\n  é: \"z\"\n");
    let inner = find(&tree, &["a", "b.c"]);
    let Content::List(items) = tree.content(inner) else {
        panic!("no list")
    };
    let d = tree.member(items[1], "d").unwrap();
    assert_eq!(tree.path(d), "a.\"b.c\"[1].d");
    assert_eq!(
        tree.mark(d),
        Mark {
            line: 2,
            column: 16
        }
    );
    assert_eq!(
        tree.key_mark(d),
        Mark {
            line: 2,
            column: 13
        }
    );
    let accented = find(&tree, &["a", "é"]);
    assert_eq!(tree.mark(accented), Mark { line: 3, column: 6 });
    assert_eq!(tree.key(accented), "é");
    assert_eq!(tree.path(Tree::ROOT), "");
}

#[test]
fn a_value_that_was_left_out_is_found_at_its_key() {
    let tree = tree("a:\nb:\n  c:\n");
    assert_eq!(tree.mark(find(&tree, &["a"])), Mark { line: 1, column: 1 });
    assert_eq!(
        tree.mark(find(&tree, &["b", "c"])),
        Mark { line: 3, column: 3 }
    );
}

#[test]
fn bounds_stop_the_reading() {
    assert_eq!(codes(&"[".repeat(100)), ["too_deep"]);
    assert_eq!(codes(&"{? ".repeat(100)), ["key_not_text", "too_deep"]);
    assert_eq!(codes(&" ".repeat((10 << 20) + 1)), ["too_large"]);
    let wide = format!("[{}]", "1,".repeat(1 << 20));
    assert_eq!(codes(&wide), ["too_many_nodes"]);
    assert!(build(&wide).tree.is_none());
}

#[test]
fn faults_of_a_kind_are_counted_only_so_far() {
    let text = (0..1000)
        .map(|number| format!("k{number}: !t x\n"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(codes(&text).len(), 100);
}

#[test]
fn json_is_read_as_it_is() {
    let tree = tree("{\n\t\"a\": [1, -2.50e+3, true, null, \"x\\n\\u00e9\\/\"],\n\t\"b\": {}\n}\n");
    let json = tree.json(Tree::ROOT, &mut |_| None).unwrap();
    assert_eq!(json, "{\"a\":[1,-2.50e+3,true,null,\"x\\né/\"],\"b\":{}}");
}

#[test]
fn quotes_make_a_text_of_anything() {
    let tree = tree("[1, '1', \"true\", ~]");
    assert_eq!(
        tree.json(Tree::ROOT, &mut |_| None).unwrap(),
        "[1,\"1\",\"true\",null]"
    );
    assert_eq!(plain("~"), Plain::Null);
}

#[test]
fn numbers_that_json_lacks_are_named() {
    let tree = tree("a: [1, .inf]");
    let Err(json::NotJson(node)) = tree.json(Tree::ROOT, &mut |_| None) else {
        panic!("infinity is not JSON")
    };
    assert_eq!(tree.path(node), "a[1]");
}

#[test]
fn long_pieces_of_the_document_are_cut_in_problems() {
    assert_eq!(shortened(&"é".repeat(100)).chars().count(), 65);
    assert_eq!(shortened("short"), "short");
}
