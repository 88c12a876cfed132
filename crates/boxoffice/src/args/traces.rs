//! Where spans go.

use std::path::PathBuf;

use boxoffice_telemetry::{Collector, Traces};
use url::Url;

use super::Serve;

/// Where spans go, and how many.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Tracing {
    /// The OpenTelemetry collector that is sent our traces, by OTLP over gRPC: `http://collector:4317`, or https.
    /// Default: none.
    #[arg(long, env = "BOXOFFICE_OTLP_URL")]
    otlp_url: Option<Url>,
    /// What others call --otlp-url, which goes before it.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide = true)]
    otel_exporter_otlp_endpoint: Option<Url>,
    /// Certificates (PEM) that are trusted besides the system's, for a collector reached by https.
    #[arg(long, env = "BOXOFFICE_OTLP_CA")]
    otlp_ca: Option<PathBuf>,
    /// The part of the traces that is kept, 0 to 1. Of traces that began elsewhere we keep what they keep.
    #[arg(long, env = "BOXOFFICE_TRACE_RATIO", default_value = "1", value_parser = ratio)]
    trace_ratio: f64,
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio: Option<f64> = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

// === impl Serve ===

impl Serve {
    /// How the process that serves this is traced.
    pub(crate) fn traces(&self) -> Traces {
        let Tracing { otlp_url, otel_exporter_otlp_endpoint, otlp_ca, trace_ratio } =
            self.tracing.clone();
        let collector = otlp_url.or(otel_exporter_otlp_endpoint);
        let defaults = Traces::default();
        let service = match &self.contexts[..] {
            [one] => one.to_string(),
            _ => defaults.service,
        };
        Traces {
            service,
            ratio: trace_ratio,
            collector: collector.map(|url| Collector { url, ca: otlp_ca }),
            ..defaults
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn a_ratio_is_a_part_of_one() {
        for (text, good) in
            [("1", true), ("0", true), ("0.05", true), ("1.1", false), ("-0.1", false)]
        {
            assert_eq!(ratio(text).is_ok(), good, "{text}");
        }
        for text in ["NaN", "inf", "half", ""] {
            assert!(ratio(text).is_err(), "{text}");
        }
    }
}
