//! Where a watcher was when it was cut off. It says so itself, so any replica can take it up again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice_kernel::ShowingId;
use uuid::Uuid;

use crate::Error;

/// What was seen last: this showing at this version. Opaque to its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeToken {
    /// Of which showing.
    pub showing_id: ShowingId,
    /// At which version.
    pub version: u64,
}

// === impl ResumeToken ===

impl ResumeToken {
    /// 32 letters, digits, `-` and `_`.
    pub fn encode(self) -> String {
        let mut bytes = [0; 24];
        let (showing_id, version) = bytes.split_at_mut(16);
        showing_id.copy_from_slice(self.showing_id.0.as_bytes());
        version.copy_from_slice(&self.version.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The version in a token of `showing_id`.
    pub fn decode(token: &str, showing_id: ShowingId) -> Result<u64, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::ResumeToken)?;
        let (made_for, version) = bytes.split_first_chunk().ok_or(Error::ResumeToken)?;
        let version = version.try_into().map_err(|_| Error::ResumeToken)?;
        if Uuid::from_bytes(*made_for) != showing_id.0 {
            return Err(Error::ResumeToken);
        }
        Ok(u64::from_be_bytes(version))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_says_where_it_was(id in any::<u128>(), version in any::<u64>()) {
            let showing_id = ShowingId(Uuid::from_u128(id));
            let token = ResumeToken { showing_id, version }.encode();
            prop_assert!(token.len() <= 64);
            prop_assert_eq!(ResumeToken::decode(&token, showing_id).unwrap(), version);
            let other = ShowingId(Uuid::from_u128(id.wrapping_add(1)));
            prop_assert!(ResumeToken::decode(&token, other).is_err());
        }

        #[test]
        fn anything_else_is_refused(token in ".{0,40}") {
            prop_assert!(ResumeToken::decode(&token, ShowingId(Uuid::nil())).is_err());
        }
    }
}
