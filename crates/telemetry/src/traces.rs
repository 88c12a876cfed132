//! Spans on their way to a collector, by OTLP. Nothing that is traced ever waits for it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::tonic_types::transport::{Certificate, ClientTlsConfig};
use opentelemetry_otlp::{ExporterBuildError, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};
use tokio::runtime::{Builder, Handle, Runtime};
use url::Url;
use uuid::Uuid;

/// Where spans go, and how many.
#[derive(Clone, Debug)]
pub struct Traces {
    /// Who says that they are from: a context, or `boxoffice` where several run in one process.
    pub service: String,
    /// Its version.
    pub version: String,
    /// The part of the traces that begin here that is kept, 0 to 1. Of others' traces we keep what they keep.
    pub ratio: f64,
    /// Nowhere, if there is none: trace ids are in logs and events all the same.
    pub collector: Option<Collector>,
}

/// An OpenTelemetry collector, or whatever else takes OTLP over gRPC.
#[derive(Clone, Debug)]
pub struct Collector {
    /// `http://collector:4317`, or https.
    pub url: Url,
    /// A file of certificates (PEM) that are trusted besides the system's.
    pub ca: Option<PathBuf>,
}

/// Why traces cannot be sent, ever.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an address for OTLP.
    #[error("`{url}` is no address of a collector; expected one like http://collector:4317")]
    Address {
        /// As given.
        url: Box<Url>,
        /// What is wrong with it.
        source: Option<ExporterBuildError>,
    },
    /// The certificates are not there.
    #[error("the collector's certificates cannot be read from {}", .path.display())]
    Certificates {
        /// As given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No thread can be started.
    #[error("no thread can be started to send traces from")]
    Thread(#[source] std::io::Error),
}

/// Makes spans; and, where there is a collector, the threads that send them.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) spans: SdkTracerProvider,
    sending: Option<Runtime>,
}

/// Sends on a runtime of its own: the program's has ended when the last spans go out.
struct Exporter {
    otlp: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
    failing: AtomicBool,
}

/// Spans that wait to be sent, at most; more are dropped.
const QUEUE: usize = 8192;
/// How long they gather.
const GATHER: Duration = Duration::from_secs(1);
/// How long the collector may take for as many as are sent at a time.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the last ones may take when the process ends.
const FAREWELL: Duration = Duration::from_secs(3);

// === impl Traces ===

impl Default for Traces {
    fn default() -> Self {
        Self {
            service: "boxoffice".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ratio: 1.0,
            collector: None,
        }
    }
}

impl Traces {
    pub(crate) fn provider(&self) -> Result<Provider, Error> {
        let root = Sampler::TraceIdRatioBased(self.ratio);
        let spans = SdkTracerProvider::builder()
            .with_resource(self.resource())
            .with_sampler(Sampler::ParentBased(Box::new(root)));
        let Some(collector) = &self.collector else {
            return Ok(Provider { spans: spans.build(), sending: None });
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otlp")
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let exporter = Exporter {
            otlp: Arc::new(collector.exporter(&runtime)?),
            runtime: runtime.handle().clone(),
            failing: AtomicBool::new(false),
        };
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_scheduled_delay(GATHER)
            .build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let spans = spans.with_span_processor(processor).build();
        Ok(Provider { spans, sending: Some(runtime) })
    }

    /// What is said of every span; `OTEL_RESOURCE_ATTRIBUTES` adds to it.
    fn resource(&self) -> Resource {
        Resource::builder()
            .with_service_name(self.service.clone())
            .with_attributes([
                KeyValue::new("service.namespace", "boxoffice"),
                KeyValue::new("service.version", self.version.clone()),
                KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
            ])
            .build()
    }
}

// === impl Collector ===

impl Collector {
    /// Connects at the first span, and again whenever the connection is gone.
    fn exporter(&self, runtime: &Runtime) -> Result<opentelemetry_otlp::SpanExporter, Error> {
        let address = |source| Error::Address { url: Box::new(self.url.clone()), source };
        let mut builder = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(self.url.as_str())
            .with_timeout(PATIENCE);
        match self.url.scheme() {
            "http" => {}
            "https" => builder = builder.with_tls_config(self.tls()?),
            _ => return Err(address(None)),
        }
        let _inside = runtime.enter();
        builder.build().map_err(|error| address(Some(error)))
    }

    fn tls(&self) -> Result<ClientTlsConfig, Error> {
        let tls = ClientTlsConfig::new().with_native_roots();
        let Some(path) = &self.ca else { return Ok(tls) };
        let pem = std::fs::read(path)
            .map_err(|source| Error::Certificates { path: path.clone(), source })?;
        Ok(tls.ca_certificate(Certificate::from_pem(pem)))
    }
}

// === impl Provider ===

impl Drop for Provider {
    fn drop(&mut self) {
        // What has not gone out by then is lost, which the last line of the log has said already.
        let _ = self.spans.shutdown_with_timeout(FAREWELL);
        if let Some(runtime) = self.sending.take() {
            runtime.shutdown_background();
        }
    }
}

// === impl Exporter ===

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let otlp = Arc::clone(&self.otlp);
        let sent = self.runtime.spawn(async move { otlp.export(batch).await });
        let outcome = sent
            .await
            .unwrap_or_else(|ended| Err(OTelSdkError::InternalFailure(ended.to_string())));
        self.note(&outcome);
        outcome
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(otlp) = Arc::get_mut(&mut self.otlp) {
            otlp.set_resource(resource);
        }
    }
}

impl Exporter {
    /// One line when it begins to fail, and one when that is over.
    fn note(&self, outcome: &OTelSdkResult) {
        let failed = self.failing.swap(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Err(error) if !failed => {
                tracing::warn!(%error, "spans are lost: the collector does not take them");
            }
            Ok(()) if failed => tracing::info!("the collector takes spans again"),
            Err(_) | Ok(()) => {}
        }
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").field("failing", &self.failing).finish_non_exhaustive()
    }
}
