//! The W3C trace context: out of a span into headers and events, and back (<https://www.w3.org/TR/trace-context/>).

mod b3;

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

static W3C: LazyLock<TraceContextPropagator> = LazyLock::new(TraceContextPropagator::new);

const TRACEPARENT: &str = "traceparent";

/// Headers of HTTP and gRPC.
struct Headers<H>(H);

/// An event carries the `traceparent` alone.
struct Traceparent<T>(T);

/// The current span's `traceparent`, for an event's header. None outside a sampled span.
pub fn current_traceparent() -> Option<String> {
    let mut carrier = Traceparent(None);
    W3C.inject_context(&Span::current().context(), &mut carrier);
    carrier.0
}

/// The current span's trace id, 32 hexadecimal digits, as logs show it.
pub fn current_trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// The trace id inside a `traceparent`, if it is one.
pub fn trace_id_of(traceparent: &str) -> Option<String> {
    let context = W3C.extract_with_context(&Context::new(), &Traceparent(traceparent));
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// Makes `span` a child of the span that sent `traceparent`. Call it before the span is entered. Without a
/// (well-formed) `traceparent` the span stays where it is.
pub fn set_parent(span: &Span, traceparent: Option<&str>) {
    if let Some(traceparent) = traceparent {
        adopt(span, &Traceparent(traceparent));
    }
}

/// Makes `span` a child of the span that sent `headers`, in the W3C's words or in B3's; see [`set_parent`].
pub fn parent_from(span: &Span, headers: &HeaderMap) {
    if headers.contains_key(TRACEPARENT) {
        adopt(span, &Headers(headers));
    } else if let Some(parent) = b3::parent(headers) {
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// Puts the current span's trace context into `headers`.
pub fn inject(headers: &mut HeaderMap) {
    W3C.inject_context(&Span::current().context(), &mut Headers(headers));
}

fn adopt(span: &Span, carrier: &dyn Extractor) {
    let parent = W3C.extract_with_context(&Context::new(), carrier);
    if parent.span().span_context().is_valid() {
        // A span that nobody listens to has no parent to set.
        let _ = span.set_parent(parent);
    }
}

// === impl Headers ===

impl Extractor for Headers<&HeaderMap> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

impl Injector for Headers<&mut HeaderMap> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value))
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}

// === impl Traceparent ===

impl Extractor for Traceparent<&str> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

impl Injector for Traceparent<Option<String>> {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header a line; what is none is left out, as a server does.
    fn headers(input: &[u8]) -> HeaderMap {
        let lines = input.split(|byte| *byte == b'\n').filter_map(|line| {
            let end = line.windows(2).position(|it| it == b": ")?;
            let name = HeaderName::from_bytes(&line[..end]).ok()?;
            Some((name, HeaderValue::from_bytes(&line[end + 2..]).ok()?))
        });
        lines.collect()
    }

    /// CP-14: a trace that is joined is one that a header names, whatever else the headers are.
    #[test]
    fn fuzz_trace() {
        boxoffice_fuzz::hold("trace", &[], |input| {
            let headers = headers(input);
            let named = |id: &str| {
                headers.values().any(|value| {
                    let value = String::from_utf8_lossy(value.as_bytes()).to_lowercase();
                    value.contains(id.trim_start_matches('0'))
                })
            };
            let remote = W3C.extract_with_context(&Context::new(), &Headers(&headers));
            let parents = [remote.span().span_context().clone()].into_iter();
            for parent in parents.filter(|it| it.is_valid()).chain(b3::parent(&headers)) {
                let (trace, span) = (parent.trace_id().to_string(), parent.span_id().to_string());
                if !parent.is_valid() || !named(&trace) || !named(&span) {
                    return Err(format!("nobody has named {trace}-{span}"));
                }
            }
            Ok(())
        });
    }
}
