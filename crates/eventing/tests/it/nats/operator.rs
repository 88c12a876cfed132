//! Whoever runs a NATS for many, each with an account: what `nsc` writes, in the smallest form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

/// An operator with one account and one user.
pub(super) struct Operator {
    operator: KeyPair,
    system: KeyPair,
    account: KeyPair,
    user: KeyPair,
}

// === impl Operator ===

impl Operator {
    pub(super) fn new() -> Self {
        Self {
            operator: KeyPair::new_operator(),
            system: KeyPair::new_account(),
            account: KeyPair::new_account(),
            user: KeyPair::new_user(),
        }
    }

    /// The server's configuration.
    pub(super) fn configuration(&self) -> String {
        let operator = claims(&self.operator, &self.operator, json!({"type": "operator"}));
        let account = |account: &KeyPair, most: i64| {
            let limits = json!({
                "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1,
                "wildcards": true, "conn": -1, "leaf": -1,
                "mem_storage": most, "disk_storage": most, "streams": most, "consumer": most,
            });
            let about = json!({"type": "account", "limits": limits});
            format!("{}: {}", account.public_key(), claims(&self.operator, account, about))
        };
        format!(
            "operator: {operator}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n{}\n{}\n}}",
            self.system.public_key(),
            account(&self.system, 0),
            account(&self.account, -1),
        )
    }

    /// The user's file.
    pub(super) fn credentials(&self) -> String {
        let about = json!({"type": "user", "subs": -1, "data": -1, "payload": -1});
        format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            claims(&self.account, &self.user, about),
            self.user.seed().unwrap(),
        )
    }
}

/// What `issuer` says about `subject`, signed.
fn claims(issuer: &KeyPair, subject: &KeyPair, mut about: Value) -> String {
    about["version"] = json!(2);
    let claims = json!({
        "jti": subject.public_key(), "iat": 1_700_000_000, "name": "box",
        "iss": issuer.public_key(), "sub": subject.public_key(), "nats": about,
    });
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    let said = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(issuer.sign(said.as_bytes()).unwrap());
    format!("{said}.{signature}")
}
