//! Our own OpenAPI document, held against what is answered: schemathesis calls every operation with thousands of generated
//! requests, as whoever may call it, and looks at each answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_acceptance::{Context, Settings, World, in_single};
use boxoffice_testkit::platform::{Platform as _, Single};
use boxoffice_testkit::servers::Tools;
use reqwest::Method;
use serde_json::Value;

/// The same requests every time. Two of its checks are left out: which requests are sound cannot all be said in a schema
/// (`end_time` after `start_time`), and JSON is read before the token is looked at, so a bad body without one is told 400.
const SETTINGS: &str = r#"
workers = 1
request-timeout = 20.0
warnings = false

[generation]
deterministic = true
database = "none"
max-examples = 12

[checks]
positive_data_acceptance.enabled = false
missing_required_header.enabled = false

[phases.stateful]
enabled = false
"#;

/// It takes 15 s here.
const PATIENCE: Duration = Duration::from_secs(240);

/// The operations of the document.
fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths.flat_map(|it| it.as_object().unwrap().values())
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap()
}

/// Each operation is called with a token of the first role that may call it.
fn with_tokens(document: &Value, world: &World) -> String {
    let mut operations = BTreeMap::<&str, Vec<&str>>::new();
    for operation in self::operations(document) {
        let roles = operation["x-roles"].as_array().unwrap();
        let mut roles = roles.iter().filter_map(Value::as_str);
        let role = roles.find(|it| ["customer", "admin", "care"].contains(it));
        operations.entry(role.unwrap_or("customer")).or_default().push(id(operation));
    }
    assert_eq!(operations.len(), 3, "{operations:?}");
    let mut settings = SETTINGS.to_owned();
    for (role, operations) in operations {
        let person = match role {
            "admin" => world.admin(),
            "care" => world.care(),
            _ => world.customer("mallory"),
        };
        let token = person.token.unwrap();
        write!(
            settings,
            "\n[[operations]]\ninclude-operation-id = {operations:?}\n\
             headers = {{ Authorization = \"Bearer {token}\" }}\n"
        )
        .unwrap();
    }
    settings
}

/// NFR-04: no 5xx, no answer that the document does not declare, no call without a token where it asks for one.
async fn every_answer_is_as_documented(world: World, single: Arc<Single>) {
    let url = single.url(Context::CATALOG);
    let document = world.nobody().client(Context::CATALOG).http(Method::GET, "/openapi.json");
    let document: Value = document.send().await.unwrap().json().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (settings, openapi) =
        (directory.path().join("schemathesis.toml"), directory.path().join("openapi.json"));
    fs::write(&settings, with_tokens(&document, &world)).unwrap();
    fs::write(&openapi, document.to_string()).unwrap();

    let mut schemathesis =
        tokio::process::Command::new(Tools::find().program("schemathesis").unwrap());
    schemathesis.arg("--config-file").arg(&settings).arg("run").arg(&openapi);
    schemathesis.args(["--url", &url, "--continue-on-failure", "--no-color"]);
    // A stream has no end that it could wait for.
    let is_stream =
        |it: &&Value| it["responses"]["200"]["content"]["text/event-stream"].is_object();
    let (streams, others): (Vec<_>, Vec<_>) = operations(&document).partition(is_stream);
    schemathesis.args(streams.iter().flat_map(|it| ["--exclude-operation-id", id(it)]));
    schemathesis.current_dir(directory.path()).kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, schemathesis.output()).await;
    let ended = ended.expect("schemathesis hangs").unwrap();
    let report = String::from_utf8_lossy(&ended.stdout);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{}\n{report}\n{told}", ended.status);
    let tested = report.lines().find_map(|line| line.trim().strip_prefix("Tested: "));
    assert_eq!(tested, Some(&*others.len().to_string()), "{report}");
}
// With a programme, so that there is something to be answered.
in_single!(every_answer_is_as_documented, Settings::default().demo().flag("log-filter", "error"));
