//! Stripe's API, as far as it is used here. Its requests are checked against stripe-mock.

use std::fmt;
use std::time::Duration;

use boxoffice_kernel::PaymentId;
use boxoffice_runtime::Https;
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderValue, Request, header};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use tracing::error;
use url::form_urlencoded::Serializer;

use super::super::Charge;
use super::answer::{Failure, Intent, Page, Refund, currency};
use super::{Config, Unusable};

/// The version our requests and answers are written for, whatever the account's is.
const VERSION: &str = "2026-08-26.dahlia";

/// Stripe, as a client of ours. Clones share its connections.
#[derive(Clone)]
pub(super) struct Api {
    https: Https,
    base: String,
    bearer: HeaderValue,
}

/// Whether it is the answer to an earlier request under the same key.
struct Replayed(bool);

/// A form: names and values.
type Form<'a> = &'a [(&'a str, &'a str)];

/// The charge with the intent: whether it was given back is known only there.
const WHOLE: (&str, &str) = ("expand[]", "latest_charge");

// === impl Api ===

impl Api {
    pub(super) fn new(config: &Config, patience: Duration) -> Result<Self, Unusable> {
        let Config { secret_key, webhook_secret, url } = config;
        let key = secret_key.expose_secret();
        if !(key.starts_with("sk_") || key.starts_with("rk_")) {
            return Err(Unusable::Key);
        }
        if webhook_secret.as_ref().is_some_and(|it| !it.expose_secret().starts_with("whsec_")) {
            return Err(Unusable::WebhookSecret);
        }
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| Unusable::Key)?;
        bearer.set_sensitive(true);
        let https = Https::new(url, patience).map_err(Unusable::Certificates)?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { https, base, bearer })
    }

    /// Makes an intent that takes nothing until it is confirmed.
    pub(super) async fn create(&self, charge: &Charge) -> Result<Intent, Failure> {
        let (amount, key) = (charge.amount.minor().to_string(), charge.key.to_string());
        let form = [
            ("amount", amount.as_str()),
            ("currency", currency(charge.amount.currency())),
            ("payment_method", charge.method.expose()),
            ("payment_method_types[]", "card"),
            ("metadata[payment_id]", &key),
            ("metadata[booking_id]", &charge.booking_id.to_string()),
            WHOLE,
        ];
        self.once("/v1/payment_intents", &form, &key).await
    }

    /// Takes the money. A bank that wants to see its customer declines: there is nobody to show it to.
    /// No key: Stripe takes it once however often it is asked, and would remember a failure for a day.
    pub(super) async fn confirm(&self, id: &str) -> Result<Intent, Failure> {
        let form = [("error_on_requires_action", "true"), WHOLE];
        self.post(&format!("/v1/payment_intents/{id}/confirm"), &form, None).await.1
    }

    /// As it is now.
    pub(super) async fn intent(&self, id: &str) -> Result<Intent, Failure> {
        let query = encoded(&[WHOLE]);
        let request = Request::get(format!("{}/v1/payment_intents/{id}?{query}", self.base));
        self.send(request, String::new()).await.1
    }

    /// Those that are older than `after`, or the newest.
    pub(super) async fn page(&self, after: Option<&str>) -> Result<Page, Failure> {
        let mut query = vec![("limit", "100"), ("expand[]", "data.latest_charge")];
        query.extend(after.map(|after| ("starting_after", after)));
        let query = encoded(&query);
        let request = Request::get(format!("{}/v1/payment_intents?{query}", self.base));
        self.send(request, String::new()).await.1
    }

    /// Sees to it that it never takes anything.
    pub(super) async fn cancel(&self, id: &str) -> Result<Intent, Failure> {
        self.post(&format!("/v1/payment_intents/{id}/cancel"), &[WHOLE], None).await.1
    }

    /// Gives back all it took. A refund that waits for the account's balance is on its way, too.
    pub(super) async fn refund(&self, id: &str, key: PaymentId) -> Result<(), Failure> {
        let payment_id = key.to_string();
        let form = [("payment_intent", id), ("metadata[payment_id]", &payment_id)];
        let refund: Refund = self.once("/v1/refunds", &form, &format!("{id}-refund")).await?;
        if refund.has_failed() { Err(Failure::RefundFailed) } else { Ok(()) }
    }

    /// The same however often it is asked. Stripe remembers its own failures under a key, too, for a day; then it is asked
    /// without: one more intent takes nothing, and nothing is given back twice.
    async fn once<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Form<'_>,
        key: &str,
    ) -> Result<T, Failure> {
        match self.post(path, form, Some(key)).await {
            (Replayed(true), Err(Failure::Unable(_))) => self.post(path, form, None).await.1,
            (_, answer) => answer,
        }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Form<'_>,
        key: Option<&str>,
    ) -> (Replayed, Result<T, Failure>) {
        let mut request = Request::post(format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request, encoded(form)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: Builder,
        form: String,
    ) -> (Replayed, Result<T, Failure>) {
        let request = request
            .header(header::AUTHORIZATION, &self.bearer)
            .header("stripe-version", VERSION)
            .body(Bytes::from(form));
        let response = match request {
            Ok(request) => self.https.send(request).await.map_err(Failure::Line),
            Err(error) => Err(Failure::Address(error)),
        };
        let response = match response {
            Ok(response) => response,
            Err(failure) => return (Replayed(false), Err(failure)),
        };
        let replayed = response.headers().get("idempotent-replayed").is_some_and(|it| it == "true");
        let read = if response.status().is_success() {
            serde_json::from_slice(response.body()).map_err(Failure::Unreadable)
        } else {
            Err(Failure::read(response.status(), response.body()))
        };
        if let Err(Failure::Key(status)) = &read {
            error!(%status, "stripe does not accept our secret key; check --stripe-secret-key and what it may do");
        }
        (Replayed(replayed), read)
    }
}

fn encoded(form: Form<'_>) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base).finish_non_exhaustive()
    }
}
