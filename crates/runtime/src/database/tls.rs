//! TLS to a database, as its URL asks for it.
//!
//! The drivers skip an option they do not know, and a CA file in a mode that checks none. Who writes either believes
//! to be safe and is not: both are refused.

use boxoffice_eventing::tls;
use boxoffice_kernel::masked;
use sea_orm::{DbErr, RuntimeErr, SqlxError};
use url::Url;

use super::Error;

/// The options in a kind of database's URL.
pub(super) struct Dialect {
    mode: [&'static str; 2],
    /// Modes in which the server's certificate is checked.
    checking: [&'static str; 2],
    authority: &'static [&'static str],
    /// Our own certificate and its key.
    identity: [&'static str; 4],
    others: &'static [&'static str],
}

pub(super) const POSTGRES: Dialect = Dialect {
    mode: ["sslmode", "ssl-mode"],
    checking: ["verify-full", "verify-ca"],
    authority: &["sslrootcert", "ssl-root-cert", "ssl-ca"],
    identity: ["sslcert", "ssl-cert", "sslkey", "ssl-key"],
    others: &[
        "application_name",
        "dbname",
        "host",
        "hostaddr",
        "options",
        "password",
        "port",
        "user",
    ],
};

pub(super) const MYSQL: Dialect = Dialect {
    mode: ["ssl-mode", "sslmode"],
    checking: ["VERIFY_IDENTITY", "VERIFY_CA"],
    authority: &["ssl-ca", "sslca"],
    identity: ["ssl-cert", "sslcert", "ssl-key", "sslkey"],
    others: &["charset", "collation", "socket"],
};

// === impl Dialect ===

impl Dialect {
    /// That every option is one, does something, and names a file that can be read.
    pub(super) fn check(&self, url: &str) -> Result<(), Error> {
        let Ok(parsed) = Url::parse(url) else { return Err(Error::Url { url: masked(url) }) };
        // Of an unknown option nobody knows whether its value is a secret.
        let place = url.split('?').next().unwrap_or_default();
        let wrong = |what| Error::Option { url: masked(place), what };
        let (mut authority, mut checked) = (None, false);
        for (option, value) in parsed.query_pairs() {
            let option = &*option;
            if self.mode.contains(&option) {
                checked = self.checking.iter().any(|it| it.eq_ignore_ascii_case(&value));
            } else if self.authority.contains(&option) || self.identity.contains(&option) {
                std::fs::read(&*value).map_err(|source| Error::TlsFile {
                    url: masked(url),
                    option: option.to_owned(),
                    path: value.to_string(),
                    source,
                })?;
                if self.authority.contains(&option) {
                    authority = Some(option.to_owned());
                }
            } else if !self.others.contains(&option) && !option.starts_with("options[") {
                return Err(wrong(format!(
                    "`{option}` is no option; there are {}",
                    self.options()
                )));
            }
        }
        match authority.filter(|_| !checked) {
            Some(option) => Err(wrong(format!(
                "{option} is of use only with {}={}",
                self.mode[0], self.checking[0]
            ))),
            None => Ok(()),
        }
    }

    fn options(&self) -> String {
        let tls = [self.mode[0], self.authority[0], self.identity[0], self.identity[2]];
        tls.iter().chain(self.others).copied().collect::<Vec<_>>().join(", ")
    }
}

/// What to do about `error`, if TLS is its cause.
pub(super) fn advice(error: &DbErr) -> Option<&'static str> {
    let DbErr::Conn(RuntimeErr::SqlxError(cause)) = error else { return None };
    if let SqlxError::Tls(told) = &**cause
        && told.to_string().contains("does not support TLS")
    {
        return Some(tls::NONE);
    }
    tls::advice(&**cause)
}
