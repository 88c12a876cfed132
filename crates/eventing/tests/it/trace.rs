//! An event says what caused it, and whose trace it belongs to.

use boxoffice_eventing::Wake;
use boxoffice_telemetry::trace_id_of;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sea_orm::{ConnectionTrait as _, Statement};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::Uuid;

use crate::stores::Store;
use crate::toy::{Command, PLACED, Tasks, Toy, event};

#[tokio::test]
async fn event_carries_its_cause_and_the_trace_of_whoever_asked() {
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let store = Store::sqlite().await;
    let mut tasks = Tasks::default();
    let lanes = Toy::default().open(&store.db, &mut tasks, &Wake::new());
    let id = Uuid::now_v7();

    let asks = async {
        lanes.ask(Command::place(id)).await.unwrap();
        boxoffice_telemetry::current_trace_id().unwrap()
    };
    let asked = asks.instrument(tracing::info_span!("request")).await;
    let mut cause = event(PLACED, id, 1);
    cause.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    lanes.ask_once(&cause, Command::Confirm { id }).await.unwrap();

    let sql = "SELECT causation_id, traceparent, correlation_id FROM outbox ORDER BY seq";
    let statement = Statement::from_string(store.db.get_database_backend(), sql);
    let rows = store.db.query_all_raw(statement).await.unwrap();
    let rows: Vec<(Option<Uuid>, Option<String>, Uuid)> = rows
        .iter()
        .map(|row| {
            let column = |name| row.try_get("", name).unwrap();
            let traceparent: Option<String> = row.try_get("", "traceparent").unwrap();
            (column("causation_id"), traceparent.as_deref().and_then(trace_id_of), id)
        })
        .collect();
    let caused = cause.traceparent.as_deref().and_then(trace_id_of);
    assert_eq!(rows, [(None, Some(asked), id), (Some(cause.id), caused, id)]);
}
