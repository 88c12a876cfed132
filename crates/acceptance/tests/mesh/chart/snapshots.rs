//! What the chart renders is kept beside the tests: a change of it is seen in review.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::kube::Kube;

/// Set to write the snapshots anew.
const RENEW: &str = "BOXOFFICE_RENEW_SNAPSHOTS";

const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mesh/snapshots");

/// Everything but the mesh, which lies in istio/ as it is applied, and the dashboard, which is deploy/grafana's.
const KEPT: [(&str, &[&str], &[&str]); 3] = [
    (
        "single",
        &[],
        &["ingress.enabled=true,ingress.host=tickets.example,ingress.tlsSecret=tickets"],
    ),
    ("fleet", &["fleet"], &[]),
    (
        "booking-alone",
        &["fleet", "prod"],
        &[ALONE, CANARY, "metrics.rules.runbooks=https://git.example/boxoffice"],
    ),
];

const ALONE: &str = "istio.enabled=false,audit.schedule=,metrics.dashboard.enabled=false,contexts.catalog.enabled=false,\
    contexts.seating.enabled=false,contexts.payment.enabled=false,contexts.delivery.enabled=false,\
    contexts.streaming.enabled=false,contexts.review.enabled=false,contexts.notification.enabled=false,\
    contexts.mypage.enabled=false,peers.seating=https://seating.example";

/// A number that YAML would like to write as 1e+06, too.
const CANARY: &str =
    "contexts.booking.canary.image.tag=next,contexts.booking.settings.max-connections=1000000";

#[tokio::test]
async fn what_it_renders_changes_only_where_somebody_meant_it() -> Result<()> {
    let kube = Kube::here();
    let renew = std::env::var_os(RENEW).is_some();
    for (name, files, set) in KEPT {
        let words: Vec<_> = set.iter().flat_map(|set| ["--set", set]).collect();
        let rendered = kube.template(files, &words).await?;
        let path = Path::new(SNAPSHOTS).join(format!("{name}.yaml"));
        if renew {
            std::fs::write(&path, &rendered)?;
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let line = kept.lines().zip(rendered.lines()).position(|(kept, now)| kept != now);
        ensure!(
            kept == rendered,
            "{} is not what is rendered now, from line {:?} on; if that is meant, set {RENEW}=1 and run this test again",
            path.display(),
            line.map(|line| line + 1)
        );
    }
    Ok(())
}
