//! What pictures count: by `OpenAI`'s published rule, which also comes near what other vendors charge.
//!
//! A picture is scaled into 2048 by 2048 pixels, then to a shorter side of at most 768, and counts a base and a price for
//! each begun tile of 512 by 512.

use aigw_protocol::hub::{Image, Source};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Any picture, and all that one with `detail: low` counts.
const BASE: u64 = 85;
/// Each tile.
const TILE: u64 = 170;
/// A picture whose size is not known: that of 1024 by 1024 pixels, four tiles.
const UNKNOWN: u64 = BASE + 4 * TILE;
/// As much of the data as is searched for the size, in characters of base64.
const SEARCHED: usize = 128 * 1024;

/// The tokens of a picture.
pub(super) fn tokens(image: &Image<'_>) -> u64 {
    let detail = image.detail.as_ref();
    if detail.is_some_and(|detail| detail.is("low")) {
        return BASE;
    }
    size(&image.source).map_or(UNKNOWN, |size| BASE + TILE * tiles(size))
}

fn tiles((width, height): (u64, u64)) -> u64 {
    let (longer, shorter) = (width.max(height).max(1), width.min(height).max(1));
    let (longer, shorter) = match longer {
        0..=2048 => (longer, shorter),
        _ => (2048, (shorter * 2048 / longer).max(1)),
    };
    let (longer, shorter) = match shorter {
        0..=768 => (longer, shorter),
        _ => (longer * 768 / shorter, 768),
    };
    longer.div_ceil(512) * shorter.div_ceil(512)
}

/// Width and height, if the picture is here and its format says them where it begins.
fn size(source: &Source<'_>) -> Option<(u64, u64)> {
    let Source::Base64 { data, .. } = source else {
        return None;
    };
    let data = data.resolve();
    let start = data.as_bytes().get(..SEARCHED).unwrap_or(data.as_bytes());
    // Without the last, perhaps incomplete, group.
    let whole = start.len().saturating_sub(1) / 4 * 4;
    let bytes = STANDARD.decode(&start[..whole]).ok()?;
    png(&bytes).or_else(|| gif(&bytes)).or_else(|| jpeg(&bytes))
}

fn png(bytes: &[u8]) -> Option<(u64, u64)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    Some((big(header, 8, 4)?, big(header, 12, 4)?))
}

fn gif(bytes: &[u8]) -> Option<(u64, u64)> {
    let rest = bytes.strip_prefix(b"GIF8")?;
    let side = |at: usize| {
        let two = rest.get(at..at + 2)?;
        Some(u64::from(u16::from_le_bytes([two[0], two[1]])))
    };
    Some((side(2)?, side(4)?))
}

/// Goes from segment to segment until one is the head of a frame.
fn jpeg(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, segment @ ..] = rest else {
            return None;
        };
        match marker {
            0xff => rest = &rest[1..],
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((big(segment, 5, 2)?, big(segment, 3, 2)?));
            }
            _ => rest = segment.get(usize::try_from(big(segment, 0, 2)?).ok()?..)?,
        }
    }
}

/// The number whose bytes stand there, the highest first.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use aigw_protocol::hub::{Placed, Text};

    use super::*;

    fn picture(bytes: &[u8], detail: Option<&'static str>) -> u64 {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len() + 64, 0);
        tokens(&Image {
            source: Source::Base64 {
                media_type: None,
                data: Text::plain(STANDARD.encode(padded)),
            },
            detail: detail.map(|word| Placed::nowhere(Text::plain(word))),
        })
    }

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend_from_slice(&width.to_be_bytes());
        bytes.extend_from_slice(&height.to_be_bytes());
        bytes
    }

    #[test]
    fn tiles_are_counted_after_scaling() {
        for (width, height, expected) in [
            (100, 100, BASE + TILE),
            (1024, 1024, BASE + 4 * TILE),
            (2048, 4096, BASE + 6 * TILE),
            (8192, 16, BASE + 4 * TILE),
            (0, 0, BASE + TILE),
        ] {
            assert_eq!(
                picture(&png_of(width, height), None),
                expected,
                "{width}x{height}"
            );
        }
        assert_eq!(picture(&png_of(4000, 4000), Some("low")), BASE);
    }

    #[test]
    fn the_common_formats_tell_their_size() {
        let gif = b"GIF89a\x2c\x01\xc8\x00";
        assert_eq!(picture(gif, None), BASE + TILE);
        // An application segment of four bytes, then a frame of 600 by 400.
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08\x01\x90\x02\x58\x03";
        assert_eq!(picture(jpeg, None), BASE + 2 * TILE);
    }

    #[test]
    fn pictures_of_unknown_size_count_like_four_tiles() {
        assert_eq!(picture(b"RIFF....WEBP", None), UNKNOWN);
        assert_eq!(picture(b"\xff\xd8\xff\xe0\xff\xff", None), UNKNOWN);
        let fetched = Image {
            source: Source::Url(Text::plain("https://example.com/a.png")),
            detail: None,
        };
        assert_eq!(tokens(&fetched), UNKNOWN);
    }
}
