//! Log lines for people: without what only traces need.

use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

/// Writes fields as Rust's own lines have them.
#[derive(Debug)]
pub(crate) struct Fields;

/// Passes on what is for people.
struct ForPeople<V>(V);

/// Whether a field says something to collectors only.
pub(crate) fn is_for_traces(field: &str) -> bool {
    let only = ["otel.", "messaging.", "url.", "server."];
    field == "rpc.system" || only.iter().any(|prefix| field.starts_with(prefix))
}

// === impl Fields ===

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut kept = ForPeople(DefaultVisitor::new(writer, true));
        fields.record(&mut kept);
        kept.0.finish()
    }
}

// === impl ForPeople ===

impl<V: Visit> Visit for ForPeople<V> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !is_for_traces(field.name()) {
            self.0.record_debug(field, value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !is_for_traces(field.name()) {
            self.0.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if !is_for_traces(field.name()) {
            self.0.record_error(field, value);
        }
    }
}
