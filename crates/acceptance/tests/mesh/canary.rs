//! A new version beside the old one: a tenth of the calls, only those who ask for it, or a copy of every read.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Result, ensure};
use boxoffice_acceptance::catalog::v1::ListTitlesRequest;
use boxoffice_acceptance::{Context, eventually};
use boxoffice_testkit::clients::Client;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tonic::Request;

use crate::changed::Changed;
use crate::envoy::Envoy;
use crate::kube::Kube;

/// Where catalog's callers come in.
const WAY: &str = "virtualservice/catalog-ingress";

/// Calls that are counted, and how many are on their way at a time.
const CALLS: u32 = 2_000;
const AT_ONCE: u32 = 20;

/// How often the gateway has called both tracks.
#[derive(Clone, Copy, Debug)]
struct Called {
    stable: u64,
    canary: u64,
}

impl Called {
    async fn by(gateway: &Envoy<'_>) -> Result<Self> {
        let stable = gateway.calls(Context::CATALOG, "stable").await?;
        Ok(Self { stable, canary: gateway.calls(Context::CATALOG, "canary").await? })
    }

    fn since(self, before: Self) -> Self {
        let stable = self.stable.saturating_sub(before.stable);
        Self { stable, canary: self.canary.saturating_sub(before.canary) }
    }
}

/// Reads the programme so often.
async fn reads(nobody: &Client, times: u32) {
    let lane = async || {
        for _ in 0..times / AT_ONCE {
            nobody.catalog().list_titles(ListTitlesRequest::default()).await.unwrap();
        }
    };
    join_all((0..AT_ONCE).map(|_| lane())).await;
}

/// Reads it, by gRPC or REST, once, in the hope of seeing what is new.
async fn previews(nobody: &Client) -> Result<()> {
    let mut request = Request::new(ListTitlesRequest::default());
    request.metadata_mut().insert("x-boxoffice-preview", "catalog".parse()?);
    nobody.catalog().list_titles(request).await?;
    let request = nobody.http(Method::GET, "/v1/titles").header("x-boxoffice-preview", "catalog");
    ensure!(request.send().await?.status().is_success());
    Ok(())
}

/// CP-15: the experiments of istio/, with a canary of the chart's.
#[tokio::test]
async fn a_canary_gets_its_share_and_gives_it_back_without_a_failure() -> Result<()> {
    let kube = Kube::here();
    let nobody = Client::new(&kube.ingress, None)?;
    let gateway = Envoy::at_the_ingress(&kube).await?;
    let next = json!({"contexts": {"catalog": {"canary": {"image": {"tag": "next"}}}}});
    let canary = kube.upgrade(&next).await?;
    kube.rolled_out("catalog-canary").await?;

    let before = Called::by(&gateway).await?;
    reads(&nobody, 100).await;
    let unnamed = Called::by(&gateway).await?.since(before);
    ensure!(unnamed.canary == 0, "no route names it, and it is called: {unnamed:?}");
    a_tenth(&kube, &nobody, &gateway).await?;
    only_who_asks(&kube, &nobody, &gateway).await?;
    a_copy(&kube, &nobody, &gateway).await?;
    canary.roll_back().await
}

/// 90/10 within 3 %, and back to 100/0 while people read.
async fn a_tenth(kube: &Kube, nobody: &Client, gateway: &Envoy<'_>) -> Result<()> {
    let split = "istio/experiments/catalog-canary-90-10.yaml";
    let split = Changed::by_file(kube, WAY, split).await?;
    let before = Called::by(gateway).await?;
    eventually("the canary gets calls", || async {
        reads(nobody, AT_ONCE).await;
        let called = Called::by(gateway).await.ok()?.since(before);
        (called.canary > 0).then_some(())
    })
    .await;
    let before = Called::by(gateway).await?;
    reads(nobody, CALLS).await;
    let called = Called::by(gateway).await?.since(before);
    let share = called.canary as f64 / (called.canary + called.stable) as f64;
    println!("of {CALLS} calls the canary got {share:.3}: {called:?}");
    ensure!(
        called.canary + called.stable == u64::from(CALLS),
        "some calls were repeated: {called:?}"
    );
    ensure!((0.07..=0.13).contains(&share), "the canary got {share} of the calls");

    let over = Cell::new(false);
    let people = async {
        while !over.get() {
            reads(nobody, AT_ONCE).await;
        }
    };
    let back = async {
        split.put_back().await?;
        eventually("the canary gets no calls any more", || async {
            let before = Called::by(gateway).await.ok()?;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let called = Called::by(gateway).await.ok()?.since(before);
            (called.stable > 100 && called.canary == 0).then_some(())
        })
        .await;
        over.set(true);
        anyhow::Ok(())
    };
    tokio::join!(people, back).1
}

/// By header: who asks for it sees the canary, and nobody else does.
async fn only_who_asks(kube: &Kube, nobody: &Client, gateway: &Envoy<'_>) -> Result<()> {
    let preview = "istio/experiments/catalog-preview.yaml";
    let preview = Changed::by_file(kube, WAY, preview).await?;
    eventually("who asks for it sees the canary", || async {
        let before = Called::by(gateway).await.ok()?;
        previews(nobody).await.unwrap();
        let called = Called::by(gateway).await.ok()?.since(before);
        (called.canary == 2 && called.stable == 0).then_some(())
    })
    .await;
    let before = Called::by(gateway).await?;
    reads(nobody, 100).await;
    let called = Called::by(gateway).await?.since(before);
    ensure!(called.canary == 0 && called.stable == 100, "{called:?}");
    preview.put_back().await
}

/// Mirrored: both get every read, and the canary's answers go nowhere.
async fn a_copy(kube: &Kube, nobody: &Client, gateway: &Envoy<'_>) -> Result<()> {
    let mirror = "istio/experiments/catalog-mirror.yaml";
    let mirror = Changed::by_file(kube, WAY, mirror).await?;
    eventually("the canary gets a copy of every read", || async {
        let before = Called::by(gateway).await.ok()?;
        reads(nobody, 100).await;
        let called = Called::by(gateway).await.ok()?.since(before);
        (called.stable == 100 && called.canary == 100).then_some(())
    })
    .await;
    mirror.put_back().await
}
