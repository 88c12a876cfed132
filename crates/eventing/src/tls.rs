//! What to do when there is no TLS connection, in one sentence; for databases and brokers alike.

use std::error::Error;
use std::io;

use async_nats::rustls::{self, CertificateError};

/// Whoever required TLS, and met a server without.
pub const NONE: &str = "the server speaks no TLS; switch it on there, or ask for none in the URL";

/// What to do about `error`, if TLS is its cause.
pub fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(cause) = cause(error) {
            return Some(advise(cause));
        }
        next = error.source();
    }
    None
}

/// An I/O error keeps its cause for itself.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.downcast_ref().or_else(|| inside.and_then(|it| it.downcast_ref()))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's lists are long, and may grow")]
fn advise(cause: &rustls::Error) -> &'static str {
    match cause {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "its certificate is by an authority that is not trusted; name the right CA file in the URL"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another host; use a name in the URL that the certificate has"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired; renew it at the server"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; look at the clocks of both machines"
            }
            _ => "its certificate is not good; look at it with `openssl s_client`",
        },
        rustls::Error::AlertReceived(_) => {
            "the server refuses ours; name the certificate and key it wants of its clients in the URL"
        }
        rustls::Error::InvalidMessage(_) => NONE,
        _ => "the two do not agree on it; look at the server's log",
    }
}
