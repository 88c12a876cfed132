//! Istio for a node that is ready, by Istio's own charts.

use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::layout::Layout;
use crate::node::{self, files};
use crate::programs::Programs;
use crate::progress::step;

/// Where the mesh itself runs.
const NAMESPACE: &str = "istio-system";

/// How long each chart may take, on a machine that is slow and busy.
const PATIENCE: Duration = Duration::from_secs(240);

/// Installs definitions, istiod and the ingress gateway, and waits until they are ready and pods' metrics are to be had.
///
/// # Errors
/// Something does not become ready; the message says what the namespace looks like then.
pub async fn up(layout: &Layout, programs: &Programs) -> Result<()> {
    let istiod = files::values(layout, "istiod.yaml", include_str!("../files/istiod.yaml"))?;
    let gateway = files::values(layout, "gateway.yaml", include_str!("../files/gateway.yaml"))?;
    let charts = programs.charts();
    let chart = |path: &str| charts.join(path).display().to_string();
    let file = |path: std::path::PathBuf| format!("--values={}", path.display());
    step("Istio's definitions", helm(layout, &["istio-base", &chart("base")])).await?;
    let istiod = ["istiod", &chart("istio-control/istio-discovery"), &file(istiod), "--wait"]
        .map(str::to_owned);
    step("istiod", helm(layout, &istiod.each_ref().map(String::as_str))).await?;
    // Its image is what istiod says: istiod has to answer first.
    let gateway = ["istio-ingressgateway", &chart("gateway"), &file(gateway), "--wait"];
    step("ingress gateway", helm(layout, &gateway)).await?;
    step("metrics", metrics(layout)).await
}

async fn helm(layout: &Layout, release: &[&str]) -> Result<()> {
    let timeout = format!("--timeout={}s", PATIENCE.as_secs());
    let arguments =
        ["upgrade", "--install", "--namespace", NAMESPACE, "--create-namespace", &timeout];
    let arguments = [&arguments, release].concat();
    let patience = PATIENCE + Duration::from_secs(30);
    match node::output(layout, patience, "helm", &arguments).await {
        Ok(_) => Ok(()),
        Err(error) => Err(anyhow!("{error:#}\n{}", node::explain(layout, NAMESPACE).await)),
    }
}

/// metrics-server has to be known to the API server, which autoscalers ask.
async fn metrics(layout: &Layout) -> Result<()> {
    let service = "apiservice/v1beta1.metrics.k8s.io";
    let arguments = ["wait", service, "--for=condition=Available", "--timeout=50s"];
    node::kubectl(layout, &arguments).await.map(drop)
}
