//! Where NATS is and how we get in, all of it in one URL.

use std::error::Error;
use std::path::PathBuf;

use async_nats::{ConnectOptions, ServerAddr};
use boxoffice_kernel::masked;
use percent_encoding::percent_decode_str;

/// Servers, and what to tell them.
pub(super) struct Address {
    pub(super) servers: Vec<ServerAddr>,
    pub(super) options: ConnectOptions,
}

/// Not where a NATS server can be.
#[derive(Debug, thiserror::Error)]
#[error("`{url}` is not the address of a NATS server: {what}")]
pub struct BadAddress {
    /// What is secret in it is masked.
    url: String,
    what: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What may stand behind a `?`.
const OPTIONS: &str = "tls-ca, tls-cert, tls-key, creds, nkey";

/// The options of all servers, by which one connection is made.
#[derive(Default)]
struct Given {
    login: Option<(String, Option<String>)>,
    authority: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    credentials: Option<String>,
    seed: Option<String>,
}

// === impl Address ===

impl Address {
    /// Of `nats://…` or `tls://…`, several separated by commas.
    pub(super) fn parse(urls: &str) -> Result<Self, BadAddress> {
        let mut given = Given::default();
        let servers = urls.split(',').map(|url| given.take(url.trim()));
        let servers = servers.collect::<Result<Vec<_>, _>>()?;
        let options = given.options(urls)?;
        Ok(Self { servers, options })
    }
}

// === impl Given ===

impl Given {
    /// Takes what is said behind the address; what is left of it may be logged.
    fn take(&mut self, url: &str) -> Result<ServerAddr, BadAddress> {
        let server: ServerAddr = url.parse().map_err(|it| bad(url, "it is no URL", it))?;
        let mut address = server.into_inner();
        if !address.has_host() || !matches!(address.scheme(), "nats" | "tls") {
            return Err(wrong(url, "expected nats://HOST:4222, or tls://HOST:4222"));
        }
        if !address.username().is_empty() {
            let login = (decoded(address.username()), address.password().map(decoded));
            if self.login.replace(login.clone()).is_some_and(|before| before != login) {
                return Err(wrong(url, "the servers of one list take the same login"));
            }
        }
        for (option, path) in address.query_pairs() {
            let text = match &*option {
                "tls-ca" | "tls-cert" | "tls-key" | "creds" | "nkey" => {
                    std::fs::read_to_string(&*path).map_err(|it| {
                        bad(url, format!("{option} names {path}, which cannot be read"), it)
                    })?
                }
                _ => {
                    let what = format!("`{option}` is no option; there are {OPTIONS}");
                    return Err(wrong(url.split('?').next().unwrap_or_default(), what));
                }
            };
            match &*option {
                "tls-ca" => self.authority = Some(path.as_ref().into()),
                "tls-cert" => self.certificate = Some(path.as_ref().into()),
                "tls-key" => self.key = Some(path.as_ref().into()),
                "creds" => self.credentials = Some(text),
                _ => self.seed = Some(text.trim().to_owned()),
            }
        }
        address.set_query(None);
        // It has a host, so these cannot fail.
        let _ = address.set_username("").and_then(|()| address.set_password(None));
        ServerAddr::from_url(address).map_err(|it| bad(url, "it is no URL", it))
    }

    fn options(self, urls: &str) -> Result<ConnectOptions, BadAddress> {
        let mut options = ConnectOptions::new();
        if self.authority.is_some() || self.certificate.is_some() {
            options = options.require_tls(true);
        }
        if let Some(authority) = self.authority {
            options = options.add_root_certificates(authority);
        }
        options = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => options.add_client_certificate(certificate, key),
            (None, None) => options,
            (Some(_), None) | (None, Some(_)) => {
                return Err(wrong(urls, "tls-cert and tls-key are given together"));
            }
        };
        match (self.login, self.credentials, self.seed) {
            (None, None, None) => Ok(options),
            (Some((user, Some(password))), None, None) => {
                Ok(options.user_and_password(user, password))
            }
            (Some((token, None)), None, None) => Ok(options.token(token)),
            (None, Some(text), None) => {
                let what = "creds names a file without credentials";
                options.credentials(&text).map_err(|it| bad(urls, what, it))
            }
            (None, None, Some(seed)) => Ok(options.nkey(seed)),
            _ => Err(wrong(urls, "give one login: in front of the host, by creds, or by nkey")),
        }
    }
}

fn wrong(url: &str, what: impl Into<String>) -> BadAddress {
    BadAddress { url: masked(url), what: what.into(), source: None }
}

fn bad(
    url: &str,
    what: impl Into<String>,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> BadAddress {
    BadAddress { url: masked(url), what: what.into(), source: Some(source.into()) }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
