//! The first connection, which tells whether the settings are right; and what becomes of later ones, in the log.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectError, ConnectErrorKind, Event};
use boxoffice_kernel::masked;

use super::TIMEOUT;
use super::address::{Address, BadAddress};
use crate::tls;

/// How long the first connection is waited for; whoever connects goes on without it after that.
const HELLO: Duration = Duration::from_secs(2);

/// Why there is no NATS, and will be none however long it is waited for.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    /// Not where a NATS server can be.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The server is there, and does not let us in, or we do not trust it.
    #[error("NATS at {url}: {advice}")]
    Refused {
        /// What is secret in it is masked.
        url: String,
        /// What to do.
        advice: &'static str,
        /// Why not.
        #[source]
        source: ConnectError,
    },
}

const LOGIN: &str = "it does not let us in; check user and password, token, nkey or creds";

/// Connects to NATS, or lets the client look for one that is away. One that refuses us now is an error: that is a
/// wrong setting. One that refuses us later, when we come back to it, is waited for and told of in the log.
pub(super) async fn connect(urls: &str, name: &str) -> Result<Client, NotConnected> {
    let Address { servers, options } = Address::parse(urls)?;
    let told = Arc::new(Mutex::new(None));
    let options = options
        .name(name)
        .connection_timeout(TIMEOUT)
        .request_timeout(Some(TIMEOUT))
        .reconnect_delay_callback(|tries| Duration::from_millis(100 * tries.min(20) as u64))
        .event_callback(move |event| {
            tell(&event, &told);
            std::future::ready(())
        });
    let refused = |source: ConnectError| {
        let advice = advice(&source)?;
        Some(NotConnected::Refused { url: masked(urls), advice, source })
    };
    match tokio::time::timeout(HELLO, options.clone().connect(servers.clone())).await {
        Ok(Ok(client)) => return Ok(client),
        Ok(Err(error)) => {
            let away = error.to_string();
            match refused(error) {
                Some(refused) => return Err(refused),
                None => tracing::warn!(error = away, "NATS is away; looking for it"),
            }
        }
        Err(_) => tracing::warn!("NATS does not answer; looking for it"),
    }
    let later = options.retry_on_initial_connect().connect(servers).await;
    later.map_err(|source| NotConnected::Refused {
        url: masked(urls),
        advice: "it cannot be connected to",
        source,
    })
}

/// What to do about `error`, if waiting is of no use.
fn advice(error: &ConnectError) -> Option<&'static str> {
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation => Some(LOGIN),
        ConnectErrorKind::Authentication => {
            Some("what nkey or creds names cannot sign; look at the file")
        }
        ConnectErrorKind::Tls
        | ConnectErrorKind::Io
        | ConnectErrorKind::Dns
        | ConnectErrorKind::TimedOut
        | ConnectErrorKind::ServerParse
        | ConnectErrorKind::MaxReconnects => {
            tls::advice(error.source()?).or_else(|| match error.kind() == ConnectErrorKind::Tls {
                true => Some("there can be no TLS; look at tls-ca, tls-cert and tls-key"),
                false => None,
            })
        }
    }
}

/// Says once what keeps us from NATS, not at every try.
fn tell(event: &Event, told: &Mutex<Option<String>>) {
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let trouble = match event {
        Event::Connected => {
            if told.take().is_some() {
                tracing::info!("NATS is connected again");
            }
            return;
        }
        Event::Disconnected => "disconnected".to_owned(),
        Event::ServerError(error) => error.to_string(),
        Event::ClientError(error) => error.to_string(),
        Event::SlowConsumer(_) | Event::LameDuckMode | Event::Draining | Event::Closed => return,
    };
    if told.as_ref() == Some(&trouble) {
        return;
    }
    if trouble.contains(&ConnectErrorKind::AuthorizationViolation.to_string()) {
        tracing::error!(error = trouble, "NATS: {LOGIN}");
    } else {
        tracing::warn!(error = trouble, "NATS is away; looking for it");
    }
    *told = Some(trouble);
}
