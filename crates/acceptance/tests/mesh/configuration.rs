//! A pod that lacks a setting says which, those before it go on serving, and `helm upgrade` mends it.

use anyhow::Result;
use boxoffice_acceptance::notification::v1::NoticeKind;
use boxoffice_acceptance::{Plan, VISA, Wish, World, eventually};
use serde_json::{Value, json};

use crate::changed::Changed;
use crate::kube::Kube;

/// OPS-05: `kubectl describe` is all an operator has to read.
#[tokio::test]
async fn a_pod_says_whose_address_is_missing_and_an_upgrade_mends_it() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let remove = json!([{"op": "remove", "path": "/data/seating"}]);
    let _changed = Changed::by(&kube, "configmap/boxoffice-peers", &remove).await?;
    kube.kubectl(&["rollout", "restart", "deployment/booking"]).await?;
    kube.says("booking", &["couldn't find key seating in ConfigMap", "boxoffice-peers"]).await;
    sells(&world).await;

    kube.upgrade(&json!({})).await?.stay();
    kube.rolled_out("booking").await?;
    sells(&world).await;
    Ok(())
}

/// OPS-06: the same of a Secret, and of a key that is not in it: mail is turned on before there is a login for it.
#[tokio::test]
async fn a_pod_says_which_secret_is_missing_and_an_upgrade_mends_it() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let mail = |secrets: Value| json!({"contexts": {"notification": {"secrets": secrets}}});
    let from = |secret: &str| mail(json!({"smtp-url": {"secret": secret, "key": "smtp-url"}}));

    let first = kube.upgrade(&from("no-such-secret")).await?;
    kube.says("notification", &["secret \"no-such-secret\" not found"]).await;
    let second = kube.upgrade(&from("boxoffice-stores")).await?;
    kube.says("notification", &["couldn't find key smtp-url in Secret", "boxoffice-stores"]).await;
    tells(&world).await;

    kube.upgrade(&mail(Value::Null)).await?.stay();
    first.stay();
    second.stay();
    kube.rolled_out("notification").await?;
    tells(&world).await;
    Ok(())
}

/// Whoever served before goes on.
async fn sells(world: &World) {
    let showing = world.admin().schedule(Plan::general(10, 9_000)).await;
    world.customer("alice").buy(Wish::places(&showing, 1).paid_by(VISA)).await;
}

/// Whoever tells customers what became of their bookings goes on.
async fn tells(world: &World) {
    let showing = world.admin().schedule(Plan::general(10, 9_000)).await;
    let alice = world.customer("alice");
    let booking = alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await.booking_id;
    eventually("alice is told so", || async {
        let told = alice.notices(&booking).await.ok()?;
        told.iter().any(|it| it.kind() == NoticeKind::BookingConfirmed).then_some(())
    })
    .await;
}

// === impl Kube: what pods complain of ===

impl Kube {
    /// Waits until a pod of an app that is not ready names these in one line of its description.
    async fn says(&self, app: &str, names: &[&str]) {
        let what = format!("a pod of {app} names {names:?}");
        let line = eventually(&what, || async {
            let pods = self.pods(app).await.ok()?;
            let pod = pods.into_iter().find(|it| !it.ready)?.name;
            let told = self.kubectl(&["describe", "pod", &pod]).await.ok()?;
            let told = told.lines().find(|line| names.iter().all(|name| line.contains(name)));
            told.map(str::to_owned)
        });
        println!("{}", line.await.trim());
    }
}
