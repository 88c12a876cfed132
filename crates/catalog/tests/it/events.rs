//! What the others hear.

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Message as _;

use crate::sandbox::{Sandbox, film};

async fn heard(sandbox: &Sandbox, count: usize) -> Vec<Message> {
    let mut listener = sandbox.broker.subscribe(Context::CATALOG, "test-catalog").await.unwrap();
    let mut messages = Vec::new();
    while messages.len() < count {
        for delivery in listener.fetch(count).await.unwrap() {
            messages.push(delivery.message.unwrap());
        }
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_said_once_and_in_order() {
    for sandbox in Sandbox::each().await {
        let registered = sandbox.register(film("Carmen")).await.unwrap();
        let title = pb::Title { name: "Carmen Jones".to_owned(), ..registered.clone() };
        let updated = sandbox.update(title.clone(), &["name"]).await.unwrap();
        sandbox.update(title, &["name"]).await.unwrap();
        sandbox.remove(&registered.title_id).await.unwrap();
        sandbox.remove(&registered.title_id).await.unwrap();

        let messages = heard(&sandbox, 3).await;

        let named: Vec<_> = messages.iter().map(|it| (it.name.as_str(), it.sequence)).collect();
        let expected = [
            ("boxoffice.catalog.v1.TitleRegistered", 1),
            ("boxoffice.catalog.v1.TitleUpdated", 2),
            ("boxoffice.catalog.v1.TitleRemoved", 3),
        ];
        assert_eq!(named, expected, "{}", sandbox.name);
        assert!(messages.iter().all(|it| it.aggregate_id.to_string() == registered.title_id));

        let event = pb::TitleRegistered::decode(messages[0].payload.clone()).unwrap();
        assert_eq!(event.title, Some(registered.clone()));
        let event = pb::TitleUpdated::decode(messages[1].payload.clone()).unwrap();
        assert_eq!(event.title, Some(updated));
        let event = pb::TitleRemoved::decode(messages[2].payload.clone()).unwrap();
        assert_eq!(event.title_id, registered.title_id);
    }
}
