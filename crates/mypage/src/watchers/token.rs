//! Where a watcher was when it was cut off. It says so itself, so any replica can take it up again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice_kernel::CustomerId;
use uuid::Uuid;

use crate::Error;

/// The last change that was received. Opaque to its holder, and good for them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResumeToken(pub(crate) u64);

// === impl ResumeToken ===

impl ResumeToken {
    /// 32 letters, digits, `-` and `_`.
    pub(crate) fn encode(self, customer: &CustomerId) -> String {
        let mut bytes = [0; 24];
        let (made_for, version) = bytes.split_at_mut(16);
        made_for.copy_from_slice(fingerprint(customer).as_bytes());
        version.copy_from_slice(&self.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What is in a token of `customer`; an empty one is the beginning.
    pub(crate) fn decode(token: &str, customer: &CustomerId) -> Result<Self, Error> {
        if token.is_empty() {
            return Ok(Self(0));
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::ResumeToken)?;
        let (made_for, version) = bytes.split_first_chunk().ok_or(Error::ResumeToken)?;
        let version = version.try_into().map_err(|_| Error::ResumeToken)?;
        if Uuid::from_bytes(*made_for) != fingerprint(customer) {
            return Err(Error::ResumeToken);
        }
        Ok(Self(u64::from_be_bytes(version)))
    }
}

fn fingerprint(customer: &CustomerId) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, customer.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_says_where_it_was_to_its_holder_alone(version: u64) {
            let (alice, bob) = (CustomerId::new("alice"), CustomerId::new("bob"));
            let token = ResumeToken(version).encode(&alice);
            prop_assert!(token.len() <= 64);
            prop_assert_eq!(ResumeToken::decode(&token, &alice).unwrap(), ResumeToken(version));
            prop_assert!(ResumeToken::decode(&token, &bob).is_err());
        }

        #[test]
        fn anything_else_is_refused(token in ".{1,40}") {
            prop_assert!(ResumeToken::decode(&token, &CustomerId::new("alice")).is_err());
        }
    }
}
