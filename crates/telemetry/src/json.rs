//! Log lines for machines: one flat JSON object each, with the trace they belong to.

use std::fmt;

use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, dispatcher};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::people::is_for_traces;

/// Writes an event as one line of JSON. Fields of the spans around it are its own fields; inner ones win.
#[derive(Debug)]
pub(crate) struct Lines;

/// Gathers the fields of an event.
struct Fields<'a>(&'a mut Map<String, Value>);

// === impl Lines ===

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        line.insert("time".to_owned(), time.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());

        let spans = context.event_scope().into_iter().flat_map(|scope| scope.from_root());
        for span in spans {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
                && let Ok(Value::Object(fields)) = serde_json::from_str(&fields.fields)
            {
                line.extend(fields.into_iter().filter(|(name, _)| !is_for_traces(name)));
            }
            line.insert("span".to_owned(), span.name().into());
        }
        // An event may say itself which span it belongs to.
        if let Some(span) = context.event_scope().and_then(|mut scope| scope.next()) {
            trace_of(&span.id(), &mut line);
        }
        event.record(&mut Fields(&mut line));
        let line = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

fn trace_of(id: &tracing::span::Id, line: &mut Map<String, Value>) {
    let context =
        dispatcher::get_default(|dispatch| tracing_opentelemetry::get_otel_context(id, dispatch));
    let Some(context) = context else { return };
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        line.insert("trace_id".to_owned(), span.trace_id().to_string().into());
        line.insert("span_id".to_owned(), span.span_id().to_string().into());
    }
}

// === impl Fields ===

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
