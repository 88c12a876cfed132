//! A mail server that keeps what it is given.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

/// What it does with letters, run by `aiosmtpd`.
const HANDLER: &str = include_str!("smtp.py");

/// A mail server of one's own. It refuses `unknown…@` for good, and `busy…@` the first time.
#[derive(Debug)]
pub struct Smtp {
    server: Server,
}

/// A letter as it arrived, its encodings undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Whom the envelope is from.
    pub sender: String,
    /// Whom the envelope is for.
    pub recipients: Vec<String>,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub text: String,
}

// === impl Smtp ===

impl Smtp {
    /// Starts it on a free port and waits until it answers.
    ///
    /// # Errors
    /// `aiosmtpd` is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        let program = Tools::find().program("aiosmtpd")?;
        let prepare = async |port: u16| {
            let scratch = Scratch::new("smtp")?;
            std::fs::write(scratch.path().join("keeping.py"), HANDLER)?;
            let address = format!("127.0.0.1:{port}");
            let arguments = ["--nosetuid", "--listen", &address, "--class", "keeping.Handler"];
            let arguments = arguments.map(Into::into).to_vec();
            let program = program.clone();
            let command = Command { name: "aiosmtpd", program, arguments, at_once: Signal::Kill };
            Ok((scratch, command))
        };
        Ok(Self { server: Server::start(prepare, answers).await? })
    }

    /// `smtp://127.0.0.1:<port>`, the same after every restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.server.port())
    }

    /// What has arrived, in order.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let file = self.server.directory().join("letters");
        if !file.exists() {
            return Ok(Vec::new());
        }
        std::fs::read_to_string(file)?.lines().map(Mail::read).collect()
    }

    /// Demands a login of everybody, which nobody has; or does not any more.
    ///
    /// # Errors
    /// Its directory cannot be written to.
    pub fn lock(&self, locked: bool) -> Result<()> {
        let file = self.server.directory().join("locked");
        if locked { std::fs::write(file, "") } else { std::fs::remove_file(file) }?;
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// It was not running, or does not end.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.end(Signal::Kill).await
    }

    /// Starts it after a stop, on its port and with what it kept.
    ///
    /// # Errors
    /// It is running, or does not come up.
    pub async fn start_again(&mut self) -> Result<()> {
        self.server.start_again(answers).await
    }
}

/// It greets.
async fn answers(port: u16) -> bool {
    let Ok(mut stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).await.is_ok() && &greeting == b"220"
}

// === impl Mail ===

impl Mail {
    fn read(line: &str) -> Result<Self> {
        let kept: Value = serde_json::from_str(line)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("not text");
        let headers = kept["headers"].as_object().context("no headers")?;
        let recipients = kept["recipients"].as_array().context("no recipients")?;
        Ok(Self {
            sender: text(&kept["sender"])?,
            recipients: recipients.iter().map(text).collect::<Result<_>>()?,
            headers: headers
                .iter()
                .map(|(name, value)| Ok((name.clone(), text(value)?)))
                .collect::<Result<_>>()?,
            text: text(&kept["text"])?,
        })
    }

    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}
