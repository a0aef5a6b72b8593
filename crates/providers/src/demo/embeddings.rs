//! Embeddings that mean nothing but are of the right shape: unit vectors made from a hash of the input.

use serde_json::{Value, json};

use super::ask::{self, Refusal};
use super::reply;

/// How long a vector is unless the request says.
const DIMENSIONS: u64 = 16;

/// The longest vector that is made.
const MOST_DIMENSIONS: u64 = 4096;

/// The most inputs of one request, as the API has it.
const MOST_INPUTS: usize = 2048;

/// The answer to an embeddings request.
pub(super) fn whole(body: &[u8]) -> Result<Value, Refusal> {
    let body = ask::object(body)?;
    let inputs = inputs(&body["input"])?;
    let dimensions = dimensions(&body["dimensions"])?;
    let base64 = match body["encoding_format"].as_str() {
        Some("base64") => true,
        Some("float") | None => false,
        Some(_) => return Err(Refusal::of("encoding_format", "has to be float or base64")),
    };
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(&input.seed, dimensions);
            let embedding = if base64 {
                json!(encode(&vector))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: u64 = inputs.iter().map(|input| input.tokens).sum();
    Ok(json!({
        "object": "list",
        "data": data,
        "model": body["model"],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }))
}

/// One input: the bytes that its vector is made from.
struct Input {
    seed: Vec<u8>,
    tokens: u64,
}

/// A string, an array of strings, an array of tokens, or an array of arrays of tokens.
fn inputs(value: &Value) -> Result<Vec<Input>, Refusal> {
    let refusal = || {
        Refusal::of(
            "input",
            "has to be a string, or an array of strings or of tokens, and not empty",
        )
    };
    let inputs: Option<Vec<Input>> = match value {
        Value::Array(items) if items.iter().all(Value::is_u64) => {
            one(value).map(|input| vec![input])
        }
        Value::Array(items) if items.len() <= MOST_INPUTS => items.iter().map(one).collect(),
        Value::String(_) => one(value).map(|input| vec![input]),
        _ => None,
    };
    inputs.ok_or_else(refusal)
}

fn one(value: &Value) -> Option<Input> {
    match value {
        Value::String(text) if !text.is_empty() => Some(Input {
            seed: text.as_bytes().to_vec(),
            tokens: reply::tokens(text),
        }),
        Value::Array(tokens) if !tokens.is_empty() => {
            let numbers: Option<Vec<u64>> = tokens.iter().map(Value::as_u64).collect();
            let seed = numbers?.into_iter().flat_map(u64::to_le_bytes).collect();
            Some(Input {
                seed,
                tokens: tokens.len() as u64,
            })
        }
        _ => None,
    }
}

fn dimensions(value: &Value) -> Result<u64, Refusal> {
    match (value, value.as_u64()) {
        (Value::Null, _) => Ok(DIMENSIONS),
        (_, Some(dimensions)) if (1..=MOST_DIMENSIONS).contains(&dimensions) => Ok(dimensions),
        _ => Err(Refusal::of(
            "dimensions",
            "has to be a whole number from 1 to 4096",
        )),
    }
}

/// A unit vector that depends on `seed` alone.
fn vector(seed: &[u8], dimensions: u64) -> Vec<f32> {
    let mut state = seed.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut vector: Vec<f32> = (0..dimensions).map(|_| component(&mut state)).collect();
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    for x in &mut vector {
        *x /= length;
    }
    vector
}

/// The next number of a splitmix sequence, from -1 to 1 and never 0, so that no vector is without length.
fn component(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let [low, high, ..] = (mixed ^ (mixed >> 31)).to_le_bytes();
    (f32::from(i16::from_le_bytes([low, high])) + 0.5) / 32_768.0
}

/// The vector as the SDKs ask for it: little-endian floats in base64.
fn encode(vector: &[f32]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(group.get(at).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            let padding = digit > group.len();
            let letter = ALPHABET[(bits >> (18 - 6 * digit)) & 63];
            text.push(if padding { '=' } else { char::from(letter) });
        }
    }
    text
}
