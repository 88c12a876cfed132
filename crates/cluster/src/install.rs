//! Boxoffice in the cluster, by its own chart.

use std::time::Duration;

use anyhow::{Result, anyhow};
use boxoffice_testkit::platform::ClusterDescription;
use boxoffice_testkit::servers::Oidc;

use crate::images::{BOXOFFICE, write_boxoffice, write_boxoffice_dev};
use crate::layout::Layout;
use crate::node;
use crate::progress::step;

/// Namespace and release have the same name.
const NAME: &str = ClusterDescription::NAMESPACE;

/// The image's tag, and another by which the same image is rolled out.
const TAGS: [&str; 2] = ["dev", "next"];

/// How long everything may take to be ready, on a machine that is slow and busy.
const PATIENCE: Duration = Duration::from_secs(240);

/// Where pods find their stores: as the Services beside them say.
const STORES: [(&str, &str); 3] = [
    ("database-url", "postgres://postgres@postgres.stores.svc.cluster.local:5432/{context}"),
    ("mypage-database-url", "mysql://root@mariadb.stores.svc.cluster.local:3306/mypage"),
    ("nats-url", "nats://nats.stores.svc.cluster.local:4222"),
];

/// What is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// What is shipped: optimised and static. Takes ten minutes to compile.
    Release,
    /// What the tests run, with its libraries.
    Dev,
}

/// Imports the image, installs the chart, and waits until all is ready.
///
/// # Errors
/// It does not become ready; the message says what was waited for.
pub async fn install(layout: &Layout, binary: Binary) -> Result<()> {
    step("Boxoffice's image", image(layout, binary)).await?;
    step("namespace and secrets", surroundings(layout)).await?;
    step("Boxoffice", chart(layout)).await
}

async fn image(layout: &Layout, binary: Binary) -> Result<()> {
    let [tag, other] = TAGS.map(|tag| format!("{BOXOFFICE}:{tag}"));
    let image = match binary {
        Binary::Release => write_boxoffice(layout, TAGS[0], None)?,
        Binary::Dev => write_boxoffice_dev(layout, TAGS[0])?,
    };
    node::import(layout, &image.path).await?;
    let again = ["images", "tag", "--force", &tag, &other];
    node::output(layout, Duration::from_secs(30), "ctr", &again).await.map(drop)
}

/// What the chart does not bring: the namespace in the mesh, and where the stores are.
async fn surroundings(layout: &Layout) -> Result<()> {
    let (_, secret) = Oidc::CLIENT;
    let stores = STORES.map(|(key, url)| format!("--from-literal={key}={url}"));
    let stores = stores.each_ref().map(String::as_str);
    let identity = format!("--from-literal=client-secret={secret}");
    // Again after half of it was done: what is there is left.
    let create = async |words: &[&str]| {
        let created = node::kubectl(layout, &[&["create"], words].concat()).await;
        match created {
            Err(error) if format!("{error:#}").contains("AlreadyExists") => Ok(()),
            created => created.map(drop),
        }
    };
    create(&["namespace", NAME]).await?;
    let label = ["label", "namespace", NAME, "istio-injection=enabled", "--overwrite"];
    node::kubectl(layout, &label).await?;
    let secret = ["secret", "generic", "--namespace", NAME];
    create(&[&secret[..], &["boxoffice-stores"], &stores].concat()).await?;
    create(&[&secret[..], &["boxoffice-identity", &identity]].concat()).await
}

async fn chart(layout: &Layout) -> Result<()> {
    let file = |path: &str| layout.checkout().join(path).display().to_string();
    let (fleet, ours) = (file("helm/values/fleet.yaml"), file("crates/cluster/values/fleet.yaml"));
    let (chart, timeout) = (file("helm/boxoffice"), format!("--timeout={}s", PATIENCE.as_secs()));
    let words = ["upgrade", "--install", NAME, &chart, "--namespace", NAME, "--wait", &timeout];
    let values = ["--values", &fleet, "--values", &ours];
    let patience = PATIENCE + Duration::from_secs(30);
    match node::output(layout, patience, "helm", &[&words[..], &values].concat()).await {
        Ok(_) => Ok(()),
        Err(error) => Err(anyhow!("{error:#}\n{}", node::explain(layout, NAME).await)),
    }
}
