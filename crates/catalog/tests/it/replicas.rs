//! Two processes on one database.

use std::collections::BTreeSet;

use boxoffice_contracts::catalog::v1 as pb;
use futures::future::join_all;

use crate::sandbox::{Sandbox, film, registration};

#[tokio::test(flavor = "multi_thread")]
async fn replicas_never_register_twice_nor_undo_each_other() {
    for replicas in Sandbox::replicas().await {
        are_right(&replicas).await;
    }
}

async fn are_right(replicas: &[Sandbox; 2]) {
    let requests: Vec<_> = (0..40).map(|n| registration(film(&format!("Title {n}")))).collect();

    // Everything four times, on both, at once; then half of it is removed.
    let tries = (0..requests.len() * 4).map(|n| {
        let mut admin = replicas[n % 2].admin.clone();
        let request = requests[n / 4].clone();
        let removes = n / 4 % 2 == 0;
        async move {
            let answer = admin.register_title(request).await.unwrap().into_inner();
            let title_id = answer.title.unwrap().title_id;
            if removes {
                let request = pb::RemoveTitleRequest { title_id: title_id.clone() };
                admin.remove_title(request).await.unwrap();
            }
            title_id
        }
    });
    let ids: BTreeSet<_> = join_all(tries).await.into_iter().collect();

    assert_eq!(ids.len(), 40);
    let sandbox = &replicas[0];
    assert_eq!(sandbox.count("titles").await, 40);
    assert_eq!(sandbox.count("titles WHERE state = 'removed'").await, 20);
    assert_eq!(sandbox.count("outbox WHERE name LIKE '%.TitleRegistered'").await, 40);
    assert_eq!(sandbox.count("outbox WHERE name LIKE '%.TitleRemoved'").await, 20);
}
