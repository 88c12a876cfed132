//! A proxy that cuts, delays or stalls the connections that pass through it.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::Url;

use super::port::free_port;
use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

/// The server that carries the proxies.
#[derive(Debug)]
pub struct Toxiproxy {
    server: Server,
    client: Client,
}

/// One line to one server; clones speak of the same line. It ends with its [`Toxiproxy`].
#[derive(Debug, Clone)]
pub struct Proxy {
    client: Client,
    /// Of this proxy in the server's HTTP API.
    api: String,
    port: u16,
}

// === impl Toxiproxy ===

impl Toxiproxy {
    /// Starts it on a free port and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        let program = Tools::find().program("toxiproxy-server")?;
        let prepare = async |port: u16| {
            let arguments =
                ["-host", "127.0.0.1", "-port", &port.to_string()].map(Into::into).to_vec();
            let program = program.clone();
            let command =
                Command { name: "toxiproxy-server", program, arguments, at_once: Signal::Kill };
            Ok((Scratch::new("toxiproxy")?, command))
        };
        let server = Server::start(prepare, answers).await?;
        Ok(Self { server, client: client()? })
    }

    /// Opens a line to a server, given as `host:port` or as a URL.
    ///
    /// # Errors
    /// The upstream has no port, or the proxy cannot listen.
    pub async fn proxy(&self, upstream: &str) -> Result<Proxy> {
        let upstream = host_and_port(upstream)?;
        let port = free_port()?;
        let name = format!("line-{port}");
        let body =
            json!({ "name": name, "listen": address(port), "upstream": upstream, "enabled": true });
        call(&self.client, Method::POST, &format!("{}/proxies", self.api()), &body).await?;
        Ok(Proxy {
            client: self.client.clone(),
            api: format!("{}/proxies/{name}", self.api()),
            port,
        })
    }

    /// Heals every line.
    ///
    /// # Errors
    /// The proxy does not answer.
    pub async fn reset(&self) -> Result<()> {
        call(&self.client, Method::POST, &format!("{}/reset", self.api()), &Value::Null).await
    }

    fn api(&self) -> String {
        api(self.server.port())
    }
}

// === impl Proxy ===

impl Proxy {
    /// What to connect to instead of the server: `127.0.0.1:<port>`.
    #[must_use]
    pub fn address(&self) -> String {
        address(self.port)
    }

    /// The URL of a server, led through this line.
    ///
    /// # Errors
    /// It is no URL with a host.
    pub fn through(&self, url: &str) -> Result<String> {
        let mut url = Url::parse(url).with_context(|| format!("{url} is no URL"))?;
        url.set_host(Some("127.0.0.1"))?;
        url.set_port(Some(self.port)).ok().with_context(|| format!("{url} takes no port"))?;
        Ok(url.into())
    }

    /// Closes every connection and refuses new ones.
    ///
    /// # Errors
    /// The proxy does not answer.
    pub async fn cut(&self) -> Result<()> {
        self.update(false).await
    }

    /// Lets data wait for ever, in both directions; connections stay open.
    ///
    /// # Errors
    /// The proxy does not answer, or the line is already stalled.
    pub async fn stall(&self) -> Result<()> {
        for stream in ["upstream", "downstream"] {
            self.add("timeout", stream, &json!({ "timeout": 0 })).await?;
        }
        Ok(())
    }

    /// Answers arrive this many milliseconds later.
    ///
    /// # Errors
    /// The proxy does not answer, or the line is already slow.
    pub async fn latency(&self, ms: u64) -> Result<()> {
        self.add("latency", "downstream", &json!({ "latency": ms, "jitter": 0 })).await
    }

    /// Undoes whatever was done to the line. What was stalled is closed.
    ///
    /// # Errors
    /// The proxy does not answer.
    pub async fn heal(&self) -> Result<()> {
        let toxics =
            self.client.get(format!("{}/toxics", self.api)).send().await?.error_for_status()?;
        let toxics: Vec<Value> = toxics.json().await?;
        for name in toxics.iter().filter_map(|toxic| toxic["name"].as_str()) {
            call(
                &self.client,
                Method::DELETE,
                &format!("{}/toxics/{name}", self.api),
                &Value::Null,
            )
            .await?;
        }
        self.update(true).await
    }

    async fn add(&self, kind: &str, stream: &str, attributes: &Value) -> Result<()> {
        let name = format!("{kind}-{stream}");
        let body =
            json!({ "name": name, "type": kind, "stream": stream, "attributes": attributes });
        call(&self.client, Method::POST, &format!("{}/toxics", self.api), &body).await
    }

    async fn update(&self, enabled: bool) -> Result<()> {
        call(&self.client, Method::POST, &self.api, &json!({ "enabled": enabled })).await
    }
}

async fn call(client: &Client, method: Method, url: &str, body: &Value) -> Result<()> {
    let answer = client.request(method.clone(), url).json(body).send().await?;
    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
    anyhow::ensure!(status.is_success(), "{method} {url}: {status} {text}");
    Ok(())
}

fn client() -> Result<Client> {
    Ok(Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?)
}

async fn answers(port: u16) -> bool {
    let Ok(client) = client() else { return false };
    client
        .get(format!("{}/version", api(port)))
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
}

fn api(port: u16) -> String {
    format!("http://{}", address(port))
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn host_and_port(upstream: &str) -> Result<String> {
    if !upstream.contains("://") {
        return Ok(upstream.to_owned());
    }
    let url = Url::parse(upstream).with_context(|| format!("{upstream} is no URL"))?;
    let (host, port) = url
        .host_str()
        .zip(url.port_or_known_default())
        .context("a server has a host and a port")?;
    Ok(format!("{host}:{port}"))
}
