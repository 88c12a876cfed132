//! The platform for trying, in one pod: what it knows is on its volume, and stays there.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;
use boxoffice_acceptance::booking::v1::Booking;
use boxoffice_acceptance::{CONTEXTS, Person, Plan, VISA, Wish, World, eventually};
use boxoffice_testkit::clients::Issuer;
use tempfile::TempDir;

use crate::kube::{Applied, Kube};
use crate::release::{CHART, RELEASE};

/// Nobody else's namespace.
const NAMESPACE: &str = "trial";

/// A namespace with a volume for whoever claims it there.
#[derive(Debug)]
struct Trial {
    kube: Kube,
    /// Before the directory, which is the volume.
    _applied: Applied,
    volume: TempDir,
}

// === impl Trial ===

impl Trial {
    async fn prepared() -> Result<Self> {
        let kube = Kube::here();
        let volume = tempfile::tempdir()?;
        // Such a volume is nobody's; the pod is not root.
        set_permissions(volume.path(), Permissions::from_mode(0o777))?;
        let path = volume.path().display();
        let manifest = format!(
            r#"
apiVersion: v1
kind: Namespace
metadata: {{name: {NAMESPACE}}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {{name: {NAMESPACE}}}
spec:
  capacity: {{storage: 5Gi}}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  claimRef: {{namespace: {NAMESPACE}, name: boxoffice-data}}
  hostPath: {{path: "{path}"}}
"#
        );
        let applied = kube.apply(&manifest).await?;
        Ok(Self { kube, _applied: applied, volume })
    }

    /// `helm install` as the README has it, but with the image that is there, and without customers to take leave of.
    async fn install(&self) -> Result<()> {
        let values = "image.tag=dev,image.pullPolicy=Never,drainSeconds=0";
        let install = ["install", RELEASE, CHART, "-n", NAMESPACE, "--set", values];
        let wait = ["--wait", "--timeout=120s"];
        self.kube.helm(&[&install[..], &wait[..]].concat()).await.map(drop)
    }

    async fn uninstall(&self) -> Result<()> {
        let uninstall = ["uninstall", RELEASE, "-n", NAMESPACE, "--wait", "--timeout=60s"];
        self.kube.helm(&uninstall).await?;
        // Helm waits for what it has made, and that are not the pods.
        let gone = ["wait", "--for=delete", "pod", "-n", NAMESPACE, "--all", "--timeout=60s"];
        self.kube.kubectl(&gone).await.map(drop)
    }

    /// Somebody with a token of this platform's own issuer.
    fn person(&self, world: &World, sub: &str, role: &str) -> Result<Person> {
        let issuer = Issuer::read(&self.volume.path().join("dev-key.pem"))?;
        let token = issuer.token(sub, &[role])?;
        let person = Person::with_token(&world.platform, sub, Some(&token));
        let url = format!("http://boxoffice.{NAMESPACE}.svc.cluster.local:8080");
        Ok(CONTEXTS.into_iter().fold(person, |person, context| person.at(context, &url)))
    }
}

/// OPS-07: the pod dies, and later the release is removed and installed again.
#[tokio::test]
async fn bookings_outlive_their_pod_and_their_release() -> Result<()> {
    let (world, trial) = (crate::world(), Trial::prepared().await?);
    trial.install().await?;
    let admin = trial.person(&world, "the-box-office", "admin")?;
    // Ready is its pod; that the Service leads there, kube-proxy has to hear first.
    eventually("it can be reached", || async { admin.bookings().await.ok() }).await;
    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    let alice = trial.person(&world, "alice", "customer")?;
    let bought = alice.buy(Wish::places(&showing, 2).paid_by(VISA)).await;

    let now = ["--grace-period=0", "--force"];
    let delete = ["delete", "pod", "-n", NAMESPACE, "-l", "app=boxoffice"];
    trial.kube.kubectl(&[&delete[..], &now[..]].concat()).await?;
    is_still_there(&alice, &bought).await;

    trial.uninstall().await?;
    trial.kube.kubectl(&["get", "pvc", "boxoffice-data", "-n", NAMESPACE]).await?;
    trial.install().await?;
    is_still_there(&alice, &bought).await;
    admin.sees_seats(&showing, 8, 0, 2).await;
    alice.buy(Wish::places(&showing, 8).paid_by(VISA)).await;
    trial.uninstall().await
}

async fn is_still_there(person: &Person, bought: &Booking) {
    let booking = eventually("it can be asked for again", || async {
        person.get(&bought.booking_id).await.ok()
    });
    assert_eq!(booking.await, *bought);
}
