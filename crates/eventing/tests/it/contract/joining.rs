//! Joining others at a NATS, which has no view of a stream and its cursors at one moment.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::slice;
use std::time::Duration;

use boxoffice_eventing::Broker as _;
use boxoffice_eventing::broker::Outcome;
use boxoffice_testkit::servers::Nats;

use super::{STREAM, events, fetch, publish, settle};
use crate::world::connect;

/// A replica that starts while much is said and heard: its cursor and the end of its stream move on while it looks at them.
async fn joins_while_much_is_said(tool: &str) {
    const DURABLE: &str = "payment-booking";
    let nats = Nats::start_tool(tool).await.unwrap();
    // What is settled late on a busy machine does not come again for that.
    let broker = connect(&nats.url()).await.with_patience(Duration::from_secs(60));
    let said = events(500);
    let mut reader = broker.subscribe(STREAM, DURABLE).await.unwrap();
    let over = Cell::new(false);
    let publishing = async {
        for one in &said {
            publish(&broker, slice::from_ref(one)).await;
        }
    };
    let reading = async {
        let (mut heard, mut places) = (0, BTreeSet::new());
        while places.len() < said.len() {
            let some = fetch(&mut *reader, 50).await;
            settle(&mut *reader, &some, Outcome::Done).await;
            heard += some.len();
            places.extend(some.iter().map(|it| it.sequence));
        }
        over.set(true);
        heard
    };
    let joining = async {
        while !over.get() {
            broker.subscribe(STREAM, DURABLE).await.unwrap().close().await;
        }
    };
    let ((), heard, ()) = tokio::join!(publishing, reading, joining);
    assert_eq!(heard, said.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_while_much_is_said_has_nothing_said_again() {
    joins_while_much_is_said("nats-server").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_an_old_broker_while_much_is_said_has_nothing_said_again() {
    joins_while_much_is_said("nats-server-2.9").await;
}
