//! Replays the seed corpora of the fuzz targets through the same checks.

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/checks/framing.rs"]
mod framing;
#[path = "../../../fuzz/checks/splice.rs"]
mod splice;

fn replay(target: &str, check: fn(&[u8])) -> std::io::Result<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let data = fs::read(entry?.path())?;
        check(&data);
        // The same input again in other pieces.
        for size in [1, 2, 3, 255] {
            check(&[&[size], data.get(1..).unwrap_or_default()].concat());
        }
        count += 1;
    }
    Ok(count)
}

#[test]
fn framing_corpus_holds() {
    assert!(replay("framing", framing::framing).unwrap() >= 15);
}

#[test]
fn splice_corpus_holds() {
    assert!(replay("splice", splice::splice).unwrap() >= 15);
}
