//! Stripe as the payment provider (docs/adr/0013): payment intents, refunds, and what its webhook tells.
//!
//! ```text
//! charge: row → intent made, unconfirmed → its name in the row → confirmed: only now money moves
//! refund: row closed → intent cancelled, or what it took given back
//! ```
//!
//! Stripe lets an intent be confirmed or cancelled, never both, and a charge that finds its row closed
//! confirms nothing: that is the second promise of [`Provider`], whatever is late in the network.

mod answer;
mod api;
mod books;
mod ledger;
mod signature;
pub(crate) mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use boxoffice_kernel::PaymentId;
use boxoffice_runtime::{Deps, Server, Tasks};
use sea_orm::DbErr;
use secrecy::SecretString;
use url::Url;

pub use self::books::{Books, Closed};
pub(crate) use self::ledger::asked;

use self::answer::{Failure, Intent, Status, UNKNOWN_METHOD};
use self::api::Api;
use self::ledger::{Entry, Ledger};
use super::{Charge, Provider, ProviderError, Refunded};
use crate::domain::Answer;

/// How Stripe is reached.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sk_…`, or a restricted key `rk_…` that may write payment intents and refunds.
    pub secret_key: SecretString,
    /// `whsec_…`; without it there is no webhook.
    pub webhook_secret: Option<SecretString>,
    /// `https://api.stripe.com`, or what stands before it.
    pub url: Url,
}

/// Why Stripe cannot be the provider.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Such as a publishable key.
    #[error("the Stripe secret key is none: it begins with sk_ or rk_")]
    Key,
    /// Such as the API key.
    #[error("the secret of Stripe's webhook is none: it begins with whsec_")]
    WebhookSecret,
    /// No certificates to know Stripe by.
    #[error("the operating system's certificates cannot be read; install ca-certificates")]
    Certificates(#[source] std::io::Error),
}

/// Stripe. Like the simulator it goes on with what it was asked when the caller hangs up.
#[derive(Clone, Debug)]
pub struct Stripe {
    api: Api,
    ledger: Ledger,
    tasks: Tasks,
}

/// What one request may take: longer than any caller waits, shorter than a shutdown does.
const PATIENCE: Duration = Duration::from_secs(15);

// === impl Stripe ===

impl Stripe {
    /// Asks nobody yet.
    pub fn open(config: &Config, deps: &Deps, server: &Server) -> Result<Self, Unusable> {
        let api = Api::new(config, PATIENCE)?;
        let ledger = Ledger { db: deps.db.write.clone(), clock: deps.clock };
        Ok(Self { api, ledger, tasks: server.tasks() })
    }

    /// Does `work` in a task of its own.
    async fn serve<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ProviderError>> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let served = self.tasks.spawn(work).await;
        served.map_err(|gone| ProviderError::Unavailable(Some(gone.into())))?
    }

    async fn take(self, charge: Charge) -> Result<Answer, ProviderError> {
        let key = charge.key;
        let mut intent = match self.ledger.open(key).await? {
            entry @ Entry { closed_at: Some(_), .. } => return self.returned(entry).await,
            Entry { declined: Some(reason), .. } => return Ok(Answer::Declined { reason }),
            Entry { intent: Some(id), .. } => self.intent(&id, key).await?,
            // A card's number, perhaps, typed in where a method's name belongs: nobody else is to see it.
            Entry { intent: None, .. } if !charge.method.expose().starts_with("pm_") => {
                return self.decline(key, UNKNOWN_METHOD.to_owned()).await;
            }
            Entry { intent: None, .. } => match self.api.create(&charge).await {
                Err(Failure::Declined { reason }) => return self.decline(key, reason).await,
                created => created.map_err(|failure| failure.of(key))?,
            },
        };
        let entry = self.ledger.keep(key, &intent.id).await?;
        if entry.closed_at.is_some() {
            return self.returned(entry).await;
        }
        // Another replica's was first.
        if let Some(first) = entry.intent.filter(|first| *first != intent.id) {
            intent = self.intent(&first, key).await?;
        }
        if !intent.is_for(charge.amount) {
            return Err(ProviderError::KeyReused(key));
        }
        if intent.status == Status::RequiresConfirmation {
            intent = match self.api.confirm(&intent.id).await {
                Err(Failure::Declined { reason }) => return self.decline(key, reason).await,
                // Confirmed or cancelled by another hand meanwhile: it is as it is.
                Err(Failure::WrongState) => self.intent(&intent.id, key).await?,
                confirmed => confirmed.map_err(|failure| failure.of(key))?,
            };
        }
        match intent.answer() {
            Some(Answer::Declined { reason }) => self.decline(key, reason).await,
            Some(answer) => Ok(answer),
            None => Err(unsettled(&intent)),
        }
    }

    async fn decline(&self, key: PaymentId, reason: String) -> Result<Answer, ProviderError> {
        self.ledger.decline(key, &reason).await?;
        Ok(Answer::Declined { reason })
    }

    async fn close(self, key: PaymentId) -> Result<Refunded, ProviderError> {
        let entry = self.ledger.close(key).await?;
        self.give_back(entry).await
    }

    async fn returned(&self, entry: Entry) -> Result<Answer, ProviderError> {
        self.give_back(entry).await.map(Into::into)
    }

    /// Of a closed entry. An intent that is not named in it will never be confirmed.
    async fn give_back(&self, entry: Entry) -> Result<Refunded, ProviderError> {
        let key = PaymentId(entry.key);
        let Some(id) = entry.intent else { return Ok(Refunded { reference: None }) };
        let mut intent = self.intent(&id, key).await?;
        if !intent.is_over() {
            intent = match self.api.cancel(&id).await {
                // Confirmed or cancelled by another hand meanwhile: it is as it is.
                Err(Failure::WrongState) => self.intent(&id, key).await?,
                cancelled => cancelled.map_err(|failure| failure.of(key))?,
            };
        }
        match intent.answer() {
            Some(Answer::Returned { reference }) => Ok(Refunded { reference }),
            Some(Answer::Approved { reference }) => match self.api.refund(&id, key).await {
                Ok(()) | Err(Failure::AlreadyRefunded) => {
                    Ok(Refunded { reference: Some(reference) })
                }
                Err(failure) => Err(failure.of(key)),
            },
            Some(Answer::Declined { .. }) | None => Err(unsettled(&intent)),
        }
    }

    async fn known(self, key: PaymentId) -> Result<Option<Answer>, ProviderError> {
        match self.ledger.find(key).await? {
            Some(entry @ Entry { closed_at: Some(_), .. }) => self.returned(entry).await.map(Some),
            Some(Entry { declined: Some(reason), .. }) => Ok(Some(Answer::Declined { reason })),
            Some(Entry { intent: Some(id), .. }) => {
                let intent = self.intent(&id, key).await?;
                if intent.status == Status::Processing {
                    return Err(unsettled(&intent));
                }
                Ok(intent.answer())
            }
            Some(Entry { intent: None, .. }) | None => Ok(None),
        }
    }

    async fn intent(&self, id: &str, key: PaymentId) -> Result<Intent, ProviderError> {
        self.api.intent(id).await.map_err(|failure| failure.of(key))
    }
}

#[async_trait]
impl Provider for Stripe {
    async fn charge(&self, charge: Charge) -> Result<Answer, ProviderError> {
        self.serve(self.clone().take(charge)).await
    }

    async fn refund(&self, key: PaymentId) -> Result<Refunded, ProviderError> {
        self.serve(self.clone().close(key)).await
    }

    async fn find(&self, key: PaymentId) -> Result<Option<Answer>, ProviderError> {
        self.serve(self.clone().known(key)).await
    }
}

/// Stripe is at it; it will be one thing or the other.
fn unsettled(intent: &Intent) -> ProviderError {
    let status = intent.status;
    ProviderError::Unavailable(Some(format!("stripe says that it is {status:?}").into()))
}

impl From<DbErr> for ProviderError {
    fn from(error: DbErr) -> Self {
        Self::Unavailable(Some(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_another_kind_are_refused() {
        for (key, webhook) in [("pk_test_1", "whsec_1"), ("", "whsec_1"), ("sk_test_1", "sk_1")] {
            let config = Config {
                secret_key: key.into(),
                webhook_secret: Some(webhook.into()),
                url: "http://localhost".parse().unwrap(),
            };
            assert!(Api::new(&config, PATIENCE).is_err(), "{key} {webhook}");
        }
    }
}
