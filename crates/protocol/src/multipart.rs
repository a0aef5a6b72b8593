//! Finding a form field in a `multipart/form-data` body, without joining or copying the body.

use std::fmt;
use std::ops::Range;

use memchr::memmem;

use crate::body::Body;

/// The largest header block of a part, in bytes.
const MAX_HEADERS: usize = 8 * 1024;

/// The boundary that a `content-type` of `multipart/form-data` names, without the leading dashes.
pub fn boundary(content_type: &str) -> Option<Vec<u8>> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type
        .trim()
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    let fits =
        (1..=70).contains(&boundary.len()) && boundary.bytes().all(|b| (b' '..=b'~').contains(&b));
    fits.then(|| boundary.into_bytes())
}

/// Where the content of the form field `name` lies in the body.
///
/// ```
/// use aigw_protocol::{Body, multipart};
///
/// let form = "--x\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--x--\r\n";
/// let body = Body::from(form.as_bytes().to_vec());
/// let span = multipart::find_field(&body, b"x", "model")?.expect("the field is there");
/// assert_eq!(&form[span], "whisper-1");
/// # Ok::<(), multipart::MultipartError>(())
/// ```
///
/// # Errors
/// When the body is no complete form, when content holds a line that begins like the boundary, and
/// when the field is there twice, also in another case of letters. Upstreams differ in what they make
/// of the last two, so that another model than the one seen here could be used.
pub fn find_field(
    body: &Body,
    boundary: &[u8],
    name: &str,
) -> Result<Option<Range<usize>>, MultipartError> {
    let delimiter = [b"\r\n--", boundary].concat();
    let mut parts = Parts::new(body, &delimiter)?;
    let mut found: Option<(Range<usize>, bool)> = None;
    while let Some(part) = parts.next_part()? {
        let Some(given) = part.name.filter(|given| given.eq_ignore_ascii_case(name)) else {
            continue;
        };
        if found.is_some() {
            return Err(MultipartError::Duplicate);
        }
        found = Some((part.content, given == name));
    }
    Ok(found.and_then(|(content, exact)| exact.then_some(content)))
}

/// Why a multipart body is refused. The display text is fit for callers to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultipartError {
    /// The first boundary is missing, or a boundary line or the headers of a part are malformed.
    Malformed,
    /// The closing boundary is missing.
    Unfinished,
    /// The field is there more than once.
    Duplicate,
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the multipart body is malformed",
            Self::Unfinished => "the multipart body ends too early",
            Self::Duplicate => "the form field is given more than once",
        })
    }
}

impl std::error::Error for MultipartError {}

struct Part {
    name: Option<String>,
    content: Range<usize>,
}

struct Parts<'b> {
    body: &'b Body,
    delimiter: &'b [u8],
    /// Behind the last delimiter.
    at: usize,
}

impl<'b> Parts<'b> {
    fn new(body: &'b Body, delimiter: &'b [u8]) -> Result<Self, MultipartError> {
        let opening = &delimiter[2..];
        let at = if *body.slice(0..opening.len()) == *opening {
            opening.len()
        } else {
            find(body, 0, delimiter).ok_or(MultipartError::Malformed)? + delimiter.len()
        };
        Ok(Self {
            body,
            delimiter,
            at,
        })
    }

    fn next_part(&mut self) -> Result<Option<Part>, MultipartError> {
        if *self.body.slice(self.at..self.at + 2) == *b"--" {
            return Ok(None);
        }
        let headers = self.after_padding()?;
        let block = self.body.slice(headers..headers + MAX_HEADERS);
        let (block, content) = match memmem::find(&block, b"\r\n\r\n") {
            // The line end before the headers doubles as the blank line of a part without any.
            Some(end) => (&block[..end], headers + end + 4),
            None if block.len() < MAX_HEADERS => return Err(MultipartError::Unfinished),
            None => return Err(MultipartError::Malformed),
        };
        let name = field_name(block)?;
        // The delimiter's own line end may be the one that ends the headers: an empty content.
        let end = find(self.body, content - 2, self.delimiter).ok_or(MultipartError::Unfinished)?;
        self.at = end + self.delimiter.len();
        Ok(Some(Part {
            name,
            content: content..end.max(content),
        }))
    }

    /// The offset of the line end that closes the delimiter line; blanks may precede it.
    fn after_padding(&self) -> Result<usize, MultipartError> {
        let line = self.body.slice(self.at..self.at + 72);
        let blanks = line
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        match line.get(blanks..) {
            Some([b'\r', b'\n', ..]) => Ok(self.at + blanks),
            Some([] | [b'\r']) => Err(MultipartError::Unfinished),
            _ => Err(MultipartError::Malformed),
        }
    }
}

/// The `name` of the content disposition in a header block.
fn field_name(block: &[u8]) -> Result<Option<String>, MultipartError> {
    let block = std::str::from_utf8(block).map_err(|_| MultipartError::Malformed)?;
    for line in block.split("\r\n") {
        let Some((header, value)) = line.split_once(':') else {
            continue;
        };
        if header.trim().eq_ignore_ascii_case("content-disposition") {
            return Ok(value
                .split_once(';')
                .and_then(|(_, rest)| parameter(rest, "name")));
        }
    }
    Ok(None)
}

/// The value of a parameter in `; a=b; c="d"`, unquoted.
fn parameter(mut rest: &str, name: &str) -> Option<String> {
    loop {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim_matches(|c: char| c == ';' || c.is_ascii_whitespace());
        let (value, after) = parameter_value(after.trim_start());
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
}

fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim_end().to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (value, characters.as_str())
}

/// The offset of `needle` at or behind `from`, also where it straddles segments.
fn find(body: &Body, from: usize, needle: &[u8]) -> Option<usize> {
    let finder = memmem::Finder::new(needle);
    let mut start = 0;
    for segment in body.segments() {
        let end = start + segment.len();
        if end > from {
            let skip = from.saturating_sub(start);
            if let Some(at) = finder.find(&segment[skip..]) {
                return Some(start + skip + at);
            }
            let seam = (end + 1).saturating_sub(needle.len()).max(from);
            let across = body.slice(seam..end + needle.len() - 1);
            if let Some(at) = finder.find(&across) {
                return Some(seam + at);
            }
        }
        start = end;
    }
    None
}

#[cfg(test)]
mod tests;
