//! Where Stripe is, and who we are there.

use boxoffice_payment::provider::stripe;
use secrecy::SecretString;
use url::Url;

/// The account at Stripe, if there is one.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Stripe {
    /// Our secret key at Stripe, `sk_…` or `rk_…`: then Stripe takes the money, and no simulator.
    #[arg(long, env = "BOXOFFICE_STRIPE_SECRET_KEY", hide_env_values = true)]
    stripe_secret_key: Option<SecretString>,
    /// What Stripe signs its events with, `whsec_…`; it posts them to `/v1/payments/webhooks/stripe`.
    #[arg(long, env = "BOXOFFICE_STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    stripe_webhook_secret: Option<SecretString>,
    /// Where Stripe is reached.
    #[arg(long, env = "BOXOFFICE_STRIPE_URL", default_value = "https://api.stripe.com")]
    stripe_url: Url,
}

// === impl Stripe ===

impl Stripe {
    pub(crate) fn config(&self) -> Option<stripe::Config> {
        let Self { stripe_secret_key, stripe_webhook_secret, stripe_url } = self.clone();
        let webhook_secret = stripe_webhook_secret;
        let config = |secret_key| stripe::Config { secret_key, webhook_secret, url: stripe_url };
        stripe_secret_key.map(config)
    }
}
