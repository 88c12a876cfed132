//! A trace id crosses headers and events. One test: a process has one subscriber.

use boxoffice_telemetry::{
    Format, Logs, Traces, current_trace_id, current_traceparent, init, inject, parent_from,
    set_parent, trace_id_of,
};
use http::HeaderMap;
use tracing::info_span;

const SENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ID: &str = "0af7651916cd43dd8448eb211c80319c";

#[test]
fn the_trace_id_goes_wherever_the_work_goes() {
    assert_eq!(current_traceparent(), None, "nothing is traced before init");
    // The log filter says `off`: ids travel all the same.
    let _guard =
        init(Logs { format: Format::Json, filter: "off".to_owned() }, &Traces::default()).unwrap();
    assert_eq!(current_traceparent(), None, "nothing is traced outside a span");

    let fresh = info_span!(target: "boxoffice_test", "fresh");
    let own = fresh.in_scope(current_trace_id).unwrap();
    assert_ne!(own, ID);
    assert!(fresh.in_scope(current_traceparent).unwrap().contains(&own));

    let event = info_span!(target: "boxoffice_test", "event");
    set_parent(&event, Some(SENT));
    let below = event.in_scope(|| info_span!(target: "boxoffice_test", "inner"));
    assert_eq!(below.in_scope(current_trace_id).as_deref(), Some(ID));

    let mut headers = HeaderMap::new();
    below.in_scope(|| inject(&mut headers));
    let call = info_span!(target: "boxoffice_test", "call");
    parent_from(&call, &headers);
    assert_eq!(call.in_scope(current_trace_id).as_deref(), Some(ID));

    let odd = info_span!(target: "boxoffice_test", "odd");
    set_parent(&odd, Some("no traceparent at all"));
    assert_ne!(odd.in_scope(current_trace_id), None, "a broken header is as good as none");
    assert_eq!(trace_id_of(SENT).as_deref(), Some(ID));
    assert_eq!(trace_id_of("no traceparent at all"), None);

    let twice = init(Logs::default(), &Traces::default()).unwrap_err();
    assert_eq!(twice.to_string(), "logs are set up twice");
}

#[test]
fn a_filter_that_is_none_is_refused_in_one_sentence() {
    let error = init(Logs { format: Format::Human, filter: "=,=".to_owned() }, &Traces::default())
        .unwrap_err();
    assert!(error.to_string().starts_with("`=,=` is no log filter; expected"), "{error}");
}
