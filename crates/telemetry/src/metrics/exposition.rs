//! The registry as text: `OpenMetrics`, which can tell of traces, or the older format of Prometheus, as it is asked for.

use std::fmt::Write as _;

use prometheus_client::encoding::text::encode;

use super::registry;

/// All metrics at one moment.
#[derive(Clone, Debug)]
pub struct Exposition {
    /// What it is.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// For whom asks with this `accept`.
pub fn expose(accept: &str) -> Exposition {
    let mut text = String::new();
    // Only a writer can fail, and a string does not.
    let _ = encode(&mut text, &registry());
    if accept.contains("application/openmetrics-text") {
        Exposition { content_type: OPENMETRICS, body: text }
    } else {
        Exposition { content_type: PLAIN, body: plain(&text) }
    }
}

/// In the older format a counter's family has its series' name, and there are neither units, exemplars nor an end.
fn plain(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len());
    let mut help = "";
    for line in openmetrics.lines() {
        let comment = line.strip_prefix("# ").and_then(|it| it.split_once(' '));
        let _ = match comment {
            Some(("HELP", rest)) => {
                help = rest.split_once(' ').map_or("", |(_, help)| help);
                continue;
            }
            Some(("TYPE", rest)) => {
                let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
                let suffix = if kind == "counter" { "_total" } else { "" };
                writeln!(text, "# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}")
            }
            Some(_) => continue,
            None if line.starts_with('#') => continue,
            None => {
                let sample = line.split_once(" # {").map_or(line, |(sample, _)| sample);
                writeln!(text, "{sample}")
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_format_has_neither_units_nor_exemplars() {
        let openmetrics = "# HELP calls Calls made.\n# TYPE calls counter\ncalls_total{to=\"#\"} 2\n\
            # HELP took_seconds How long.\n# TYPE took_seconds histogram\n# UNIT took_seconds seconds\n\
            took_seconds_bucket{le=\"0.1\"} 1 # {trace_id=\"4bf9\"} 0.05\n# EOF\n";
        let older = "# HELP calls_total Calls made.\n# TYPE calls_total counter\ncalls_total{to=\"#\"} 2\n\
            # HELP took_seconds How long.\n# TYPE took_seconds histogram\n\
            took_seconds_bucket{le=\"0.1\"} 1\n";
        assert_eq!(plain(openmetrics), older);
    }
}
