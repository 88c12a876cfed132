//! Prometheus, which scrapes and is asked; and promtool, which checks what it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::ops::Deref;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};

use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

/// A Prometheus of one's own, which keeps exemplars.
#[derive(Debug)]
pub struct Prometheus {
    series: Series,
    _server: Server,
}

/// What any Prometheus tells whoever asks it.
#[derive(Clone, Debug)]
pub struct Series {
    url: String,
    client: Client,
}

/// A series, and its value at the moment it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// By name.
    pub labels: BTreeMap<String, String>,
    /// As a number.
    pub value: f64,
}

// === impl Prometheus ===

impl Prometheus {
    /// Starts it on a free port, to scrape `/metrics` of these `host:port` every second as the job `boxoffice`, with these
    /// rules.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn scraping(targets: &[String], rules: &Path) -> Result<Self> {
        let job = json!({"job_name": "boxoffice", "static_configs": [{"targets": targets}]});
        let every = json!({"scrape_interval": "1s", "scrape_timeout": "1s"});
        let all = json!({"global": every, "rule_files": [rules], "scrape_configs": [job]});
        Self::configured(&all).await
    }

    /// Starts it on a free port with a configuration of its own.
    ///
    /// # Errors
    /// As [`scraping`](Self::scraping).
    pub async fn configured(configuration: &Value) -> Result<Self> {
        let program = Tools::find().program("prometheus")?;
        let prepare = async |port: u16| {
            let scratch = Scratch::new("prometheus")?;
            let config = scratch.path().join("prometheus.json");
            // JSON is YAML.
            std::fs::write(&config, configuration.to_string())?;
            let data = scratch.path().join("data");
            let arguments = vec![
                format!("--config.file={}", config.display()).into(),
                format!("--storage.tsdb.path={}", data.display()).into(),
                format!("--web.listen-address=127.0.0.1:{port}").into(),
                "--enable-feature=exemplar-storage".into(),
            ];
            let program = program.clone();
            let command = Command { name: "prometheus", program, arguments, at_once: Signal::Kill };
            Ok((scratch, command))
        };
        let server = Server::start(prepare, is_ready).await?;
        Ok(Self { series: Series::at(&base(server.port()))?, _server: server })
    }
}

impl Deref for Prometheus {
    type Target = Series;

    fn deref(&self) -> &Series {
        &self.series
    }
}

// === impl Series ===

impl Series {
    /// Of the Prometheus there.
    ///
    /// # Errors
    /// There is no client for it.
    pub fn at(url: &str) -> Result<Self> {
        Ok(Self { url: url.to_owned(), client: client()? })
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Evaluates a query now.
    ///
    /// # Errors
    /// It is no query, or Prometheus does not answer.
    pub async fn query(&self, query: &str) -> Result<Vec<Sample>> {
        let data = self.ask("query", &[("query", query)]).await?;
        let result = data["result"].as_array().context("no result")?;
        result.iter().map(Sample::read).collect()
    }

    /// The trace ids of the exemplars that the series of a query were given.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub async fn traces(&self, query: &str) -> Result<Vec<String>> {
        let ever = [("query", query), ("start", "0"), ("end", "9999999999")];
        let data = self.ask("query_exemplars", &ever).await?;
        let series = data.as_array().context("no series")?.iter();
        let exemplars = series.flat_map(|it| it["exemplars"].as_array().into_iter().flatten());
        let trace = |it: &Value| it["labels"]["trace_id"].as_str().map(str::to_owned);
        Ok(exemplars.filter_map(trace).collect())
    }

    /// The names of all series it has.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn names(&self) -> Result<BTreeSet<String>> {
        Ok(serde_json::from_value(self.ask("label/__name__/values", &[]).await?)?)
    }

    /// Its rules as it has read them: with `name`, `query`, `labels`, `annotations` and `state`.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn rules(&self) -> Result<Vec<Value>> {
        let data = self.ask("rules", &[]).await?;
        let groups = data["groups"].as_array().context("no groups")?.iter();
        Ok(groups.flat_map(|it| it["rules"].as_array().cloned().unwrap_or_default()).collect())
    }

    async fn ask(&self, what: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = format!("{}/api/v1/{what}", self.url);
        let answer: Value = self.client.get(&url).query(query).send().await?.json().await?;
        ensure!(answer["status"] == "success", "{query:?}: {answer}");
        Ok(answer["data"].clone())
    }
}

// === impl Sample ===

impl Sample {
    fn read(result: &Value) -> Result<Self> {
        let labels = serde_json::from_value(result["metric"].clone())?;
        let value = result["value"][1].as_str().context("no value")?.parse()?;
        Ok(Self { labels, value })
    }
}

/// Runs promtool with something on its standard input, in a directory; what it said.
///
/// # Errors
/// It is not installed, or not content.
pub fn promtool(directory: &Path, arguments: &[&str], input: &str) -> Result<String> {
    let mut promtool = std::process::Command::new(Tools::find().program("promtool")?)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting promtool")?;
    promtool.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let output = promtool.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    ensure!(output.status.success(), "promtool {arguments:?}: {}\n{said}", output.status);
    Ok(said)
}

async fn is_ready(port: u16) -> bool {
    let Ok(client) = client() else { return false };
    let answer = client.get(format!("{}/-/ready", base(port))).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

fn client() -> Result<Client> {
    Ok(Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?)
}

fn base(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
