//! An identity provider: the certified `oidc-provider`, run by a script of ours.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

const SCRIPT: &str = include_str!("oidc/server.mjs");

/// An `OpenID` Connect provider. People sign in at its forms as whoever they say, by the public client `web`; our own services
/// are its client [`CLIENT`](Self::CLIENT). Access tokens are JWTs for `boxoffice`, with roles at `realm_access.roles`:
/// `manager` is an admin, `carer` is care.
#[derive(Debug)]
pub struct Oidc {
    server: Server,
}

/// What it signs with now.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// The private RSA key in PEM.
    pub private: String,
    /// The public one.
    pub public: String,
    /// Its id in tokens.
    pub id: String,
}

// === impl Oidc ===

impl Oidc {
    /// Id and secret of the client that our own services are, with all that has to be escaped on the way.
    pub const CLIENT: (&str, &str) = ("box:office", "a secret/with %signs");

    /// Where the public client `web` is sent when somebody has signed in.
    pub const SIGNED_IN: &str = "http://127.0.0.1/signed-in";

    /// Starts it on a free port and waits until it answers.
    ///
    /// # Errors
    /// Node or `oidc-provider` is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        Self::launch(None).await
    }

    /// As [`start`](Self::start), under a name of its own, by which others reach it through somebody else's door.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_as(issuer: &str) -> Result<Self> {
        Self::launch(Some(issuer)).await
    }

    async fn launch(issuer: Option<&str>) -> Result<Self> {
        let tools = Tools::find();
        let (node, library) = (tools.program("node")?, tools.program("oidc-provider")?);
        let modules = library.ancestors().nth(2).context("the library lies nowhere")?;
        let prepare = async |port: u16| {
            let scratch = Scratch::new("oidc")?;
            let script = scratch.path().join("server.mjs");
            fs::write(&script, SCRIPT)?;
            std::os::unix::fs::symlink(modules, scratch.path().join("node_modules"))?;
            let mut arguments = vec![script.into(), port.to_string().into()];
            arguments.extend(issuer.map(Into::into));
            let program = node.clone();
            let command =
                Command { name: "oidc-provider", program, arguments, at_once: Signal::Kill };
            Ok((scratch, command))
        };
        Ok(Self { server: Server::start(prepare, answers).await? })
    }

    /// Where it is found, and its name in tokens if it was given no other: the same after every restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port())
    }

    /// What it signs with since its last start.
    ///
    /// # Errors
    /// It has not been started.
    pub fn key(&self) -> Result<SigningKey> {
        let read = |name| fs::read_to_string(self.server.directory().join(name)).context(name);
        let jwk: Value = serde_json::from_str(&read("key.json")?)?;
        Ok(SigningKey {
            private: read("key.pem")?,
            public: read("key.pub.pem")?,
            id: jwk["kid"].as_str().context("a key without an id")?.to_owned(),
        })
    }

    /// Ends it.
    ///
    /// # Errors
    /// It was not running, or does not end.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.end(Signal::Kill).await
    }

    /// Starts it after a stop, on its port, with a new key; the one before it is still published, older ones are not.
    ///
    /// # Errors
    /// It is running, or does not come up.
    pub async fn start_again(&mut self) -> Result<()> {
        self.server.start_again(answers).await
    }
}

/// It publishes its keys.
async fn answers(port: u16) -> bool {
    let keys = reqwest::get(format!("http://127.0.0.1:{port}/jwks")).await;
    keys.is_ok_and(|answer| answer.status().is_success())
}
