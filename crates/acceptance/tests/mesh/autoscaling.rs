//! More pods when there is more to do, and fewer again when there is not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::eventually_within;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::kube::Kube;

/// The numbers of OPS-02, with windows as short as a test is patient; and so much cpu that a pod at rest uses little of it.
fn values() -> Value {
    let resources = json!({
        "requests": {"cpu": "100m", "memory": "32Mi"},
        "limits": {"cpu": "2", "memory": "512Mi"},
    });
    json!({"contexts": {"catalog": {"resources": resources, "autoscaling": {
        "enabled": true,
        "minReplicas": 1,
        "maxReplicas": 3,
        "targetCpu": TARGET,
        "behavior": {
            "scaleUp": {"stabilizationWindowSeconds": 0},
            "scaleDown": {
                "stabilizationWindowSeconds": 5,
                "policies": [{"type": "Percent", "value": 100, "periodSeconds": 5}],
            },
        },
    }}}})
}

/// Percent of what a pod asks for.
const TARGET: i64 = 50;

/// Metrics are read every ten seconds, and a new pod takes some more.
const PATIENCE: Duration = Duration::from_secs(120);

/// Callers at a time; each waits for its answer.
const CALLERS: usize = 8;

/// OPS-02: what a pod's sidecar asks for and uses counts as the pod's.
#[tokio::test]
async fn replicas_follow_the_load() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let upgraded = kube.upgrade(&values()).await?;
    eventually_within(PATIENCE, "the autoscaler knows what one pod uses at rest", || async {
        let scaler = scaler(&kube).await.ok()?;
        (scaler["status"]["currentReplicas"] == 1 && utilization(&scaler)? < TARGET).then_some(())
    })
    .await;

    let over = AtomicBool::new(false);
    let callers = join_all((0..CALLERS).map(async |_| {
        let (caller, mut failed) = (world.nobody(), 0_usize);
        while !over.load(Ordering::Relaxed) {
            failed += usize::from(caller.finds("film").await.is_err());
        }
        failed
    }));
    let grows = async {
        let loaded = eventually_within(PATIENCE, "more pods are ready", || async {
            let ready = kube.pods("catalog").await.ok()?.iter().filter(|it| it.ready).count();
            let scaler = scaler(&kube).await.ok()?;
            (ready > 1 && utilization(&scaler)? > TARGET).then_some(scaler)
        })
        .await;
        over.store(true, Ordering::Relaxed);
        loaded
    };
    let (failed, loaded) = tokio::join!(callers, grows);
    ensure!(failed.iter().sum::<usize>() == 0, "{failed:?} calls failed");
    counts_the_sidecar(&kube, &loaded).await?;

    eventually_within(PATIENCE, "one pod is left", || async {
        (kube.pods("catalog").await.ok()?.len() == 1).then_some(())
    })
    .await;
    upgraded.roll_back().await
}

async fn scaler(kube: &Kube) -> Result<Value> {
    kube.json(&["get", "horizontalpodautoscaler", "catalog"]).await
}

/// What its pods use, in percent of what they ask for; `None`: it does not know yet.
fn utilization(scaler: &Value) -> Option<i64> {
    now(scaler)["averageUtilization"].as_i64()
}

fn now(scaler: &Value) -> &Value {
    &scaler["status"]["currentMetrics"][0]["resource"]["current"]
}

/// Percent of what? Of what all containers of a pod ask for: the quotient of what it shows.
async fn counts_the_sidecar(kube: &Kube, scaler: &Value) -> Result<()> {
    let pod = kube.pod("catalog").await.all;
    let containers = |kind: &str| pod["spec"][kind].as_array().cloned().unwrap_or_default();
    // A sidecar is an init container that does not end.
    let sidecars = containers("initContainers").into_iter();
    let sidecars = sidecars.filter(|it| it["restartPolicy"] == "Always");
    let beside: Vec<_> = containers("containers").into_iter().chain(sidecars).collect();
    let asked = beside.iter().filter_map(|it| millis(&it["resources"]["requests"]["cpu"]));
    let asked: f64 = asked.sum();
    let used = millis(&now(scaler)["averageValue"]).context("an average")?;
    let percent = utilization(scaler).context("a utilization")?;
    let of = 100.0 * used / f64::from(i32::try_from(percent)?);
    println!("a pod uses {used}m, {percent} % of {of:.0}m");
    ensure!(beside.iter().any(|it| it["name"] == "istio-proxy"), "it has no sidecar");
    ensure!((of - asked).abs() < 0.05 * asked, "{percent} % are of {of:.0}m, not of {asked}m");
    Ok(())
}

/// Thousandths of a core.
fn millis(cpu: &Value) -> Option<f64> {
    let text = cpu.as_str()?;
    match text.strip_suffix('m') {
        Some(millis) => millis.parse().ok(),
        None => text.parse::<f64>().ok().map(|cores| cores * 1000.0),
    }
}
