//! A place where traces end up, and can be read from again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::time::Duration;

use anyhow::{Context, Result};
use boxoffice_kernel::Clock;
use reqwest::{Client, StatusCode};
use serde_json::Value;

use super::certificates::Certificate;
use super::port::free_port;
use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

/// A Jaeger of one's own, its traces in memory.
#[derive(Debug)]
pub struct Jaeger {
    traces: Traces,
    otlp: String,
    _server: Server,
}

/// What any Jaeger tells whoever asks it.
#[derive(Clone, Debug)]
pub struct Traces {
    url: String,
    client: Client,
}

/// One span, as Jaeger shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its own id.
    pub id: String,
    /// The id of the span it is a child of, if it is one.
    pub parent: Option<String>,
    /// `service.name`.
    pub service: String,
    /// Its name.
    pub name: String,
    /// What else is known of it; `span.kind` and `error` among it.
    pub tags: BTreeMap<String, String>,
}

// === impl Jaeger ===

impl Jaeger {
    /// Starts it on free ports and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        Self::start_with(None).await
    }

    /// As [`start`](Self::start); spans come by https only.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_secure(certificate: &Certificate) -> Result<Self> {
        Self::start_with(Some(certificate)).await
    }

    async fn start_with(certificate: Option<&Certificate>) -> Result<Self> {
        let program = Tools::find().program("jaeger")?;
        let otlp = free_port()?;
        let prepare = async |port: u16| {
            let ports = [
                ("query.http-server.host-port", port),
                ("collector.otlp.grpc.host-port", otlp),
                // Nobody asks at any of these.
                ("admin.http.host-port", 0),
                ("collector.grpc-server.host-port", 0),
                ("collector.http-server.host-port", 0),
                ("collector.otlp.http.host-port", 0),
                ("http-server.host-port", 0),
                ("processor.jaeger-binary.server-host-port", 0),
                ("processor.jaeger-compact.server-host-port", 0),
                ("processor.zipkin-compact.server-host-port", 0),
                ("query.grpc-server.host-port", 0),
            ];
            let ports = ports.map(|(flag, port)| format!("--{flag}=127.0.0.1:{port}"));
            let secure = certificate.map(|Certificate { certificate, key }| {
                let tls = "--collector.otlp.grpc.tls";
                let (certificate, key) = (certificate.display(), key.display());
                [
                    format!("{tls}.enabled=true"),
                    format!("{tls}.cert={certificate}"),
                    format!("{tls}.key={key}"),
                ]
            });
            let command = Command {
                name: "jaeger",
                program: program.clone(),
                arguments: ports
                    .into_iter()
                    .chain(secure.into_iter().flatten())
                    .map(Into::into)
                    .collect(),
                at_once: Signal::Kill,
            };
            Ok((Scratch::new("jaeger")?, command))
        };
        let server = Server::start(prepare, answers).await?;
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let otlp = format!("{scheme}://127.0.0.1:{otlp}");
        let traces = Traces::at(&format!("http://127.0.0.1:{}", server.port()))?;
        Ok(Self { traces, otlp, _server: server })
    }

    /// Where it takes spans, for `--otlp-url`.
    #[must_use]
    pub fn otlp_url(&self) -> &str {
        &self.otlp
    }
}

impl Deref for Jaeger {
    type Target = Traces;

    fn deref(&self) -> &Traces {
        &self.traces
    }
}

// === impl Traces ===

impl Traces {
    /// Of the Jaeger there.
    ///
    /// # Errors
    /// There is no client for it.
    pub fn at(url: &str) -> Result<Self> {
        Ok(Self { url: url.to_owned(), client: Client::builder().no_proxy().build()? })
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// All spans of a trace that have arrived so far.
    ///
    /// # Errors
    /// It does not answer what it should.
    pub async fn trace(&self, id: &str) -> Result<Vec<Seen>> {
        let url = format!("{}/api/traces/{id}", self.url);
        let answer = self.client.get(url).send().await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        let answer: Value = answer.error_for_status()?.json().await?;
        let trace = &answer["data"][0];
        let spans = trace["spans"].as_array().context("a trace without spans")?;
        spans.iter().map(|span| Seen::read(span, &trace["processes"])).collect()
    }

    /// Which service's spans were parents of which other's, in the traces that began so short a time ago.
    ///
    /// # Errors
    /// It does not answer what it should.
    pub async fn dependencies(&self, within: Duration) -> Result<BTreeSet<(String, String)>> {
        let now = Clock.now().timestamp_millis().to_string();
        let within = within.as_millis().to_string();
        let request = self.client.get(format!("{}/api/dependencies", self.url));
        let request = request.query(&[("endTs", now), ("lookback", within)]);
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        let edges = answer["data"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().map(str::to_owned).context("not text");
        edges.map(|it| Ok((text(&it["parent"])?, text(&it["child"])?))).collect()
    }
}

async fn answers(port: u16) -> bool {
    let answer = reqwest::get(format!("http://127.0.0.1:{port}/api/services")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

// === impl Seen ===

impl Seen {
    fn read(span: &Value, processes: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("not text");
        let process = text(&span["processID"])?;
        let references = span["references"].as_array().into_iter().flatten();
        let parent = references
            .filter(|it| it["refType"] == "CHILD_OF" && it["traceID"] == span["traceID"])
            .find_map(|it| it["spanID"].as_str());
        let tags = span["tags"].as_array().into_iter().flatten().map(|tag| {
            let value = tag["value"].as_str().map(str::to_owned);
            Ok((text(&tag["key"])?, value.unwrap_or_else(|| tag["value"].to_string())))
        });
        Ok(Self {
            id: text(&span["spanID"])?,
            parent: parent.map(str::to_owned),
            service: text(&processes[process]["serviceName"])?,
            name: text(&span["operationName"])?,
            tags: tags.collect::<Result<_>>()?,
        })
    }

    /// `server`, `client`, `producer`, `consumer` or `internal`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.tag("span.kind")
    }

    /// What it says of itself under this key; nothing, if it does not.
    #[must_use]
    pub fn tag(&self, key: &str) -> &str {
        self.tags.get(key).map_or("", String::as_str)
    }
}
