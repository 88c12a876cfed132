//! Checks a token: signature, issuer, audience, time; then reads who it is.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use boxoffice_kernel::Clock;
use jsonwebtoken::Header;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::keys::{Expected, Key, Keys, LEEWAY};
use super::{Caller, Denied, Oidc};

/// A longer token is refused unread.
const LONGEST: usize = 16 * 1024;

/// A longer token is checked every time.
const LONGEST_REMEMBERED: usize = 4 * 1024;

/// How many checked tokens are remembered.
const REMEMBERED: usize = 4096;

/// How long a checked token is believed without looking at its signature again.
const BELIEVED: Duration = Duration::from_secs(60);

/// Turns tokens into callers. A signature costs some 50 µs to check, so what was checked is remembered for a minute.
pub(crate) struct Verifier {
    source: Source,
    roles_claim: String,
    checked: Mutex<HashMap<Box<str>, Checked>>,
}

enum Source {
    Fixed(Keys),
    Oidc(Arc<Oidc>),
}

struct Checked {
    caller: Arc<Caller>,
    until: Instant,
}

type Claims = Map<String, Value>;

// === impl Verifier ===

impl Verifier {
    pub(crate) fn fixed(issuer: &str, audience: &str, roles_claim: &str, keys: JwkSet) -> Self {
        let expected = Expected { issuer: issuer.to_owned(), audience: audience.to_owned() };
        Self::new(Source::Fixed(Keys::new(&keys, &expected)), roles_claim)
    }

    pub(crate) fn discovered(oidc: Arc<Oidc>) -> Self {
        let roles_claim = oidc.config().roles_claim.clone();
        Self::new(Source::Oidc(oidc), &roles_claim)
    }

    fn new(source: Source, roles_claim: &str) -> Self {
        Self { source, roles_claim: roles_claim.to_owned(), checked: Mutex::default() }
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Arc<Caller>, Denied> {
        if token.len() > LONGEST {
            return Err(Denied::TokenInvalid("it is longer than 16 KiB"));
        }
        if let Some(caller) = self.remembered(token) {
            return Ok(caller);
        }
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| Denied::TokenInvalid("it is no signed JWT"))?;
        is_access_token(&header)?;
        let key = self.key(header.kid.as_deref()).await?;
        if header.alg != key.algorithm {
            return Err(Denied::TokenInvalid("its algorithm is not accepted"));
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &key.validation)
            .map_err(|error| denied(error.kind()))?
            .claims;
        if ["at_hash", "c_hash"].iter().any(|it| claims.contains_key(*it)) {
            return Err(Denied::TokenInvalid("it is an ID token; send the access token"));
        }
        let caller = Arc::new(caller(&claims, &self.roles_claim)?);
        self.remember(token, &claims, &caller);
        Ok(caller)
    }

    async fn key(&self, id: Option<&str>) -> Result<Arc<Key>, Denied> {
        let key = match &self.source {
            Source::Fixed(keys) => keys.find(id),
            Source::Oidc(oidc) => oidc.key(id).await?,
        };
        key.ok_or(Denied::TokenInvalid("its key is not known"))
    }

    fn remembered(&self, token: &str) -> Option<Arc<Caller>> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = checked.get(token)?;
        (Instant::now() < known.until).then(|| Arc::clone(&known.caller))
    }

    fn remember(&self, token: &str, claims: &Claims, caller: &Arc<Caller>) {
        if token.len() > LONGEST_REMEMBERED {
            return;
        }
        let now = Instant::now();
        let expires = claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
        let left = expires + LEEWAY as f64 - Clock.now().timestamp() as f64;
        let until = now + BELIEVED.min(Duration::from_secs_f64(left.clamp(0.0, 3600.0)));
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked.len() >= REMEMBERED {
            checked.retain(|_, known| now < known.until);
        }
        if checked.len() >= REMEMBERED {
            checked.clear();
        }
        checked.insert(token.into(), Checked { caller: Arc::clone(caller), until });
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("roles_claim", &self.roles_claim).finish_non_exhaustive()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list is long, and may grow")]
fn denied(kind: &ErrorKind) -> Denied {
    Denied::TokenInvalid(match kind {
        ErrorKind::ExpiredSignature => return Denied::TokenExpired,
        ErrorKind::InvalidSignature => "its signature does not fit",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::MissingRequiredClaim(_) => "it lacks one of exp, iss, aud, sub",
        _ => "it is malformed",
    })
}

/// As far as its header says. Keys in it (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
fn is_access_token(header: &Header) -> Result<(), Denied> {
    // RFC 7515, section 4.1.11: we understand no extension.
    if header.crit.is_some() {
        return Err(Denied::TokenInvalid("its header demands an extension"));
    }
    // RFC 8725, section 3.11: tokens for something else, such as `logout+jwt`, are signed with the same keys.
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    match kind.strip_prefix("application/").unwrap_or(&kind) {
        "jwt" | "at+jwt" => Ok(()),
        _ => Err(Denied::TokenInvalid("it is no access token")),
    }
}

fn caller(claims: &Claims, roles_claim: &str) -> Result<Caller, Denied> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    // MariaDB compares text as if spaces at its end were not there: that would be somebody else.
    let sound = |sub: &String| !sub.is_empty() && !sub.ends_with(' ') && sub.len() <= 255;
    let unsound = "its subject is empty, ends with a space, or is longer than 255 bytes";
    let sub = text("sub").filter(sound).ok_or(Denied::TokenInvalid(unsound))?;
    let mut caller = Caller::signed_in(sub, &roles(claims, roles_claim));
    caller.email = text("email");
    caller.language = text("locale");
    Ok(caller)
}

/// The claim of that very name, or the one at the end of the dotted path: `realm_access.roles`.
fn roles<'a>(claims: &'a Claims, path: &str) -> Vec<&'a str> {
    let nested = || {
        let mut steps = path.split('.');
        let first = claims.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    };
    match claims.get(path).or_else(nested) {
        Some(Value::Array(roles)) => roles.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(roles)) => roles.split_whitespace().collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => vec![],
    }
}
