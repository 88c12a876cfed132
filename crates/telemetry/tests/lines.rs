//! What a log line for machines looks like. A process has one subscriber, so one of its own is started.

use std::process::Command;

use boxoffice_telemetry::{Format, Logs, Traces, about_booking, init, set_parent};
use serde_json::Value;
use tracing::field::Empty;

const SENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
#[ignore = "started by the other test, to be read by it"]
fn says_something() {
    let _guard =
        init(Logs { format: Format::Json, filter: "info".to_owned() }, &Traces::default()).unwrap();
    let span = tracing::info_span!(target: "boxoffice_test", "rpc", otel.kind = "server", booking.id = Empty, n = 1);
    set_parent(&span, Some(SENT));
    span.in_scope(|| {
        about_booking("b1");
        tracing::info!(seats = 3, n = 2, ok = true, title = %"Cats \"live\"", "booking placed");
        tracing::debug!("not of interest");
    });
    tracing::info!("outside");
    tracing::info!(parent: &span, "about it");
    let _ = std::thread::spawn(|| panic!("as asked")).join();
}

#[test]
fn a_line_is_one_flat_object_with_its_trace() {
    let this = std::env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", "says_something", "--nocapture"];
    let output = Command::new(this).args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> =
        stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let [inside, outside, about, panic] = &lines[..] else { panic!("{stderr}") };

    assert_eq!(inside["message"], "booking placed");
    assert_eq!(inside["level"], "INFO");
    assert_eq!(inside["target"], "lines");
    assert_eq!(inside["span"], "rpc");
    assert_eq!(inside["booking.id"], "b1", "a span's fields are its events'");
    assert_eq!(
        (&inside["seats"], &inside["n"], &inside["ok"]),
        (&3.into(), &2.into(), &true.into())
    );
    assert!(inside["otel.kind"].is_null(), "that is for traces");
    assert_eq!(inside["title"], "Cats \"live\"");
    assert_eq!(inside["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(inside["span_id"].as_str().unwrap().len(), 16);
    assert!(inside["time"].as_str().unwrap().ends_with('Z'));

    assert_eq!(outside["message"], "outside");
    assert!(outside["trace_id"].is_null());
    for key in ["trace_id", "span_id", "booking.id"] {
        assert_eq!(about[key], inside[key], "{key}");
    }
    assert_eq!(panic["message"], "a task panicked");
    assert_eq!(panic["panic"], "as asked");
    assert!(panic["place"].as_str().unwrap().contains("lines.rs"));
}
