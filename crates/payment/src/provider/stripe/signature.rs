//! Whether a webhook's body is Stripe's: `Stripe-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body">[,v1=…]`.

use boxoffice_kernel::Time;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// Older than this, or that much ahead of us, it may be somebody's recording.
const TOLERANCE: u64 = 300;

/// Why it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Forged {
    #[error("the stripe-signature header is missing or not readable")]
    Missing,
    #[error("the signature is not of this body by our secret")]
    Wrong,
    #[error("the signature is older than five minutes, or from the future")]
    Old,
}

/// While a secret is rolled there are several signatures; one has to be right. Compared in constant time.
pub(super) fn check(
    secret: &SecretString,
    header: &str,
    body: &[u8],
    now: Time,
) -> Result<(), Forged> {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", it)) => time = Some(it),
            Some(("v1", it)) => signatures.extend(hex::decode(it)),
            Some(_) | None => {}
        }
    }
    let time = time.ok_or(Forged::Missing)?;
    let signed_at: i64 = time.parse().map_err(|_| Forged::Missing)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| Forged::Wrong)?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    if !signatures.iter().any(|it| mac.clone().verify_slice(it).is_ok()) {
        return Err(Forged::Wrong);
    }
    if signed_at.abs_diff(now.timestamp()) > TOLERANCE {
        return Err(Forged::Old);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By another implementation: `printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const SIGNATURE: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    fn checked(header: &str, body: &[u8], now: i64) -> Result<(), Forged> {
        check(&"whsec_test".into(), header, body, at(now))
    }

    #[test]
    fn a_signature_is_good_for_five_minutes() {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        for (now, result) in [
            (1_700_000_000, Ok(())),
            (1_700_000_300, Ok(())),
            (1_700_000_301, Err(Forged::Old)),
            (1_699_999_699, Err(Forged::Old)),
        ] {
            assert_eq!(checked(&header, BODY, now), result, "{now}");
        }
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let header = format!("t=1700000000,v1={},v1={SIGNATURE},v0=6ffb", "00".repeat(32));
        assert_eq!(checked(&header, BODY, 1_700_000_000), Ok(()));
    }

    /// The first line is the header, the rest the body: no other body gets in by a signature that was seen once.
    #[test]
    fn fuzz_webhook() {
        let seen = format!("t=1700000000,v1={SIGNATURE}\n").into_bytes();
        let seen = [seen.as_slice(), BODY].concat();
        boxoffice_fuzz::hold("webhook", &[&seen], |input| {
            let end = input.iter().position(|it| *it == b'\n').unwrap_or(input.len());
            let header = String::from_utf8_lossy(&input[..end]).into_owned();
            let body = input.get(end + 1..).unwrap_or_default();
            if checked(&header, body, 1_700_000_000).is_ok() && body != BODY {
                return Err("nobody has signed it".to_owned());
            }
            Ok(())
        });
    }

    #[test]
    fn what_is_changed_is_forged() {
        let good = format!("t=1700000000,v1={SIGNATURE}");
        let moved = format!("t=1700000001,v1={SIGNATURE}");
        let old_scheme = format!("t=1700000000,v0={SIGNATURE}");
        let cut = format!("t=1700000000,v1={}", &SIGNATURE[..62]);
        for (header, body, result) in [
            (good.as_str(), br#"{"id":"evt_2"}"#.as_slice(), Forged::Wrong),
            (&moved, BODY, Forged::Wrong),
            (&old_scheme, BODY, Forged::Wrong),
            (&cut, BODY, Forged::Wrong),
            ("t=1700000000", BODY, Forged::Wrong),
            ("t=1700000000,v1=not hex", BODY, Forged::Wrong),
            (&format!("v1={SIGNATURE}"), BODY, Forged::Missing),
            (&format!("t=now,v1={SIGNATURE}"), BODY, Forged::Missing),
            ("", BODY, Forged::Missing),
        ] {
            assert_eq!(checked(header, body, 1_700_000_000), Err(result), "{header}");
        }
    }
}
