//! What the chart does not install, and why it says so.

use anyhow::{Result, bail, ensure};

use crate::kube::Kube;

/// Values files, what is set besides, and what is said to that.
const REFUSED: [(&[&str], &str, &str); 29] = [
    // Keys nobody knows.
    (&[], "replica=3", "additional properties 'replica' not allowed"),
    (
        &[],
        "contexts.bookng.replicas=1",
        "at '/contexts': additional properties 'bookng' not allowed",
    ),
    (&[], "settings.holds=10m", "at '/settings': additional properties 'holds' not allowed"),
    (&[], "secrets.stripe.secret=s", "at '/secrets': additional properties 'stripe' not allowed"),
    (&[], "probes.liveness.period=3", "additional properties 'period' not allowed"),
    // Settings that are the chart's to say.
    (&[], "settings.listen=0.0.0.0:1", "additional properties 'listen' not allowed"),
    (&[], "settings.database-url=postgres://", "additional properties 'database-url' not allowed"),
    // Wrong types and values.
    (&[], "mode=both", "at '/mode': value must be one of 'single', 'fleet'"),
    (&[], "replicas=two", "at '/replicas': got string, want integer"),
    (&[], "trial=perhaps", "at '/trial': got string, want boolean"),
    (&[], "image.pullPolicy=Sometimes", "value must be one of 'Always', 'IfNotPresent', 'Never'"),
    (&[], "image.digest=latest", "at '/image/digest': 'latest' does not match"),
    (&[], "settings.hold=10", "at '/settings/hold': got number, want string"),
    (&[], "settings.hold=soon", "at '/settings/hold': 'soon' does not match"),
    (&[], "resources.requests.cpu=lots", "at '/resources/requests/cpu': 'lots' does not match"),
    (&[], "identity.issuer=id.example", "at '/identity/issuer': 'id.example' does not match"),
    (&[], "tracing.ratio=2", "at '/tracing/ratio': maximum: got 2, want 1"),
    (&[], "drainSeconds=-1", "at '/drainSeconds': minimum: got -1, want 0"),
    (&[], "contexts.mypage.databaseUrl.secret=s", "missing property 'key'"),
    (&["fleet"], "istio.cors.allowOrigins={tickets.example}", "'tickets.example' does not match"),
    // Each right by itself, and wrong together.
    (&[], "trial=false", "identity.issuer is missing: without one anybody can be anybody"),
    (&[], "mode=fleet,identity.issuer=", "identity.issuer is missing: a fleet takes the tokens of"),
    (&[], "mode=fleet,identity.issuer=https://i", "stores.databaseUrl.secret is missing"),
    (&["fleet"], "stores.natsUrl.secret=", "stores.natsUrl.secret is missing"),
    (
        &["fleet"],
        "identity.clientId=",
        "identity.clientId or identity.clientSecret.secret is missing",
    ),
    (&["fleet"], "ingress.enabled=true", "a fleet's way in is Istio's gateway"),
    (&[], "istio.enabled=true", "istio.enabled is for a fleet"),
    (
        &["fleet", "prod"],
        "contexts.review.enabled=false",
        "audit.schedule asks the databases of all",
    ),
    (&["fleet"], "autoscaling.minReplicas=9", "minReplicas is more than autoscaling.maxReplicas"),
];

/// `trial: true` does not help a fleet: the development issuer would let anybody be anybody.
#[tokio::test]
async fn what_cannot_be_meant_is_refused_and_says_why() -> Result<()> {
    let kube = Kube::here();
    for (files, set, expected) in REFUSED {
        match kube.template(files, &["--set", set]).await {
            Ok(_) => bail!("{files:?} {set} is taken"),
            Err(error) => {
                let said = format!("{error:#}");
                ensure!(said.contains(expected), "{files:?} {set}: {said}");
            }
        }
    }
    Ok(())
}
