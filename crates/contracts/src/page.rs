//! Pages of a list (AIP-158): how many, and from where on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice_kernel::{Fault, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<Cursor> {
    /// At most this many, 1–200.
    pub size: u64,
    /// The last item of the page before, in the caller's own terms; `None`: from the beginning.
    pub after: Option<Cursor>,
}

/// A page token that is not one of ours, or of another list, or of other filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`page_token` is not of this list with these filters")]
pub struct InvalidToken;

/// What is inside a token: its version, the filters' fingerprint, the cursor.
#[derive(Deserialize, Serialize)]
struct Token<Cursor>(u8, u64, Cursor);

const VERSION: u8 = 1;
const DEFAULT_SIZE: u64 = 50;
const MAX_SIZE: u64 = 200;

/// Reads `page_size` and `page_token`. `filters` is whatever else decides what is listed, the list's
/// name first: `&("ListShowings", &request.title_id)`; a token of other filters is refused.
pub fn read<Cursor: DeserializeOwned>(
    filters: &impl Serialize,
    size: i32,
    token: &str,
) -> Result<Page<Cursor>, InvalidToken> {
    let after = if token.is_empty() { None } else { Some(open(filters, token)?) };
    Ok(Page { size: clamp(size), after })
}

/// The token of the page after `last`.
pub fn token(filters: &impl Serialize, last: &impl Serialize) -> String {
    let token = Token(VERSION, fingerprint(filters), last);
    URL_SAFE_NO_PAD.encode(bytes(&token))
}

/// 0 is the default, 50; more than 200 is 200; less than 0 is refused before, by its rule.
pub fn clamp(size: i32) -> u64 {
    match u64::try_from(size) {
        Ok(0) | Err(_) => DEFAULT_SIZE,
        Ok(size) => size.min(MAX_SIZE),
    }
}

fn open<Cursor: DeserializeOwned>(
    filters: &impl Serialize,
    token: &str,
) -> Result<Cursor, InvalidToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken)?;
    let Token(version, made_for, cursor) =
        serde_json::from_slice(&bytes).map_err(|_| InvalidToken)?;
    if version != VERSION || made_for != fingerprint(filters) {
        return Err(InvalidToken);
    }
    Ok(cursor)
}

/// FNV-1a: the same in every build and on every replica, unlike the standard library's hasher.
fn fingerprint(filters: &impl Serialize) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes(filters).iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("cursors and filters are plain values")
}

// === impl InvalidToken ===

impl Fault for InvalidToken {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        "INVALID_PAGE_TOKEN"
    }

    fn field(&self) -> Option<&str> {
        Some("page_token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_on_from_its_last_item() {
        let token = token(&("ListTitles", "ring"), &("The Ring", 7));
        let page = read::<(String, u8)>(&("ListTitles", "ring"), 10, &token);
        assert_eq!(page, Ok(Page { size: 10, after: Some(("The Ring".to_owned(), 7)) }));
    }

    #[test]
    fn a_token_of_other_filters_is_refused() {
        let token = token(&("ListTitles", "ring"), &7);
        assert_eq!(read::<u8>(&("ListTitles", "rung"), 0, &token), Err(InvalidToken));
    }

    #[test]
    fn anything_else_is_refused() {
        for token in ["?", "AAAA", "bm90IGpzb24", &URL_SAFE_NO_PAD.encode("[9,1,2]")] {
            assert_eq!(read::<u8>(&"it", 0, token), Err(InvalidToken), "{token}");
        }
    }

    #[test]
    fn sizes_are_clamped() {
        assert_eq!([-1, 0, 1, 200, 201, i32::MAX].map(clamp), [50, 50, 1, 200, 200, 200]);
    }
}
