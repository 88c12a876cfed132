//! B3, the trace context of Zipkin, which meshes send too (<https://github.com/openzipkin/b3-propagation>).
//! It is only read: what goes out is the W3C's.

use http::HeaderMap;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// The span that sent `headers`, by the one header or by the several. A decision without a span is not heeded.
pub(super) fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(single) = text(SINGLE) {
        let mut parts = single.splitn(4, '-');
        return read(parts.next()?, parts.next()?, parts.next());
    }
    let debug = text(FLAGS).filter(|flags| *flags == "1");
    read(text(TRACE_ID)?, text(SPAN_ID)?, debug.or_else(|| text(SAMPLED)))
}

/// Who has not decided leaves it to us: kept.
fn read(trace_id: &str, span_id: &str, sampled: Option<&str>) -> Option<SpanContext> {
    let flags = match sampled {
        None | Some("1" | "d" | "true") => TraceFlags::SAMPLED,
        Some("0" | "false") => TraceFlags::NOT_SAMPLED,
        Some(_) => return None,
    };
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let whole = matches!(trace_id.len(), 16 | 32) && span_id.len() == 16;
    if !whole || !hexadecimal(trace_id) || !hexadecimal(span_id) {
        return None;
    }
    let trace_id = TraceId::from_hex(trace_id).ok()?;
    let span_id = SpanId::from_hex(span_id).ok()?;
    let context = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn parent_of(headers: &[(&'static str, &str)]) -> Option<(String, String, bool)> {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        let parent = super::parent(&headers.collect())?;
        assert!(parent.is_remote());
        Some((parent.trace_id().to_string(), parent.span_id().to_string(), parent.is_sampled()))
    }

    fn single(value: &str) -> Option<(String, String, bool)> {
        parent_of(&[(SINGLE, value)])
    }

    #[test]
    fn one_header_says_it_all() {
        let found = |sampled| Some((TRACE.to_owned(), SPAN.to_owned(), sampled));
        assert_eq!(single(&format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90")), found(true));
        assert_eq!(single(&format!("{TRACE}-{SPAN}-d")), found(true));
        assert_eq!(single(&format!("{TRACE}-{SPAN}-0")), found(false));
        assert_eq!(single(&format!("{TRACE}-{SPAN}")), found(true));
        let (short, _, _) = single(&format!("{}-{SPAN}-1", &TRACE[16..])).unwrap();
        assert_eq!(short, "00000000000000008448eb211c80319c");
    }

    #[test]
    fn several_headers_say_it_too() {
        let ids = [(TRACE_ID, TRACE), (SPAN_ID, SPAN)];
        for (more, sampled) in [
            (None, true),
            (Some((SAMPLED, "1")), true),
            (Some((SAMPLED, "0")), false),
            (Some((SAMPLED, "false")), false),
            (Some((FLAGS, "1")), true),
        ] {
            let headers: Vec<_> = ids.into_iter().chain(more).collect();
            let found = Some((TRACE.to_owned(), SPAN.to_owned(), sampled));
            assert_eq!(parent_of(&headers), found, "{more:?}");
        }
        assert_eq!(parent_of(&ids[..1]), None);
        assert_eq!(parent_of(&ids[1..]), None);
    }

    #[test]
    fn what_is_hostile_or_broken_is_as_good_as_none() {
        let long = "0".repeat(30_000);
        for value in [
            "",
            "-",
            "---",
            "0",
            "d",
            &long,
            &format!("{long}-{SPAN}-1"),
            &format!("{TRACE}-{SPAN}-maybe"),
            &format!("{TRACE}-{}-1", &SPAN[1..]),
            &format!("{}-{SPAN}-1", &TRACE[1..]),
            &format!("+{}-{SPAN}-1", &TRACE[1..]),
            &format!("{}-{SPAN}-1", TRACE.replace('a', "x")),
            &format!("{}-{SPAN}-1", "0".repeat(32)),
            &format!("{TRACE}-{}-1", "0".repeat(16)),
            &format!("{TRACE}-{SPAN}-1\u{e9}"),
        ] {
            assert_eq!(single(value), None, "{value:.60}");
        }
    }
}
