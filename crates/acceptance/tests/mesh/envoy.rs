//! What one Envoy knows of those it calls.

use anyhow::Result;
use boxoffice_acceptance::Context;
use boxoffice_testkit::platform::ClusterDescription;

use crate::kube::{ISTIO, Kube, Pod};

/// The Envoy of one pod.
#[derive(Debug)]
pub(crate) struct Envoy<'a> {
    kube: &'a Kube,
    namespace: &'static str,
    pod: Pod,
}

// === impl Envoy ===

impl<'a> Envoy<'a> {
    /// The ingress gateway itself.
    pub(crate) async fn at_the_ingress(kube: &'a Kube) -> Result<Self> {
        Ok(Self { kube, namespace: ISTIO, pod: kube.gateway().await? })
    }

    /// The sidecar of a context.
    pub(crate) async fn beside(kube: &'a Kube, context: Context) -> Self {
        let pod = kube.pod(context.as_str()).await;
        Self { kube, namespace: ClusterDescription::NAMESPACE, pod }
    }

    /// How often it has called the pods of a context that are on this track, repeated tries included.
    pub(crate) async fn calls(&self, context: Context, track: &str) -> Result<u64> {
        self.of_hosts(context, track, "rq_total").await
    }

    /// How often it could not even connect to one of them.
    pub(crate) async fn refusals(&self, context: Context) -> Result<u64> {
        self.of_hosts(context, "stable", "cx_connect_fail").await
    }

    /// How many calls of a context it has under way at a time, at most.
    pub(crate) async fn pool(&self, context: Context) -> Result<u64> {
        self.of_hosts(context, "stable", "default_priority::max_requests").await
    }

    async fn of_hosts(&self, context: Context, track: &str, counter: &str) -> Result<u64> {
        let (cluster, counter) =
            (format!("|8080|{track}|{}.", host(context)), format!("::{counter}::"));
        let text = self.kube.envoy(self.namespace, &self.pod.name, "GET", "clusters").await?;
        let of_it = text.lines().filter(|line| line.contains(&cluster));
        let counts = of_it.filter_map(|line| line.split_once(&counter));
        Ok(counts.filter_map(|(_, count)| count.parse::<u64>().ok()).sum())
    }

    /// One of its counters of a context, such as `upstream_rq_retry`, over all tracks.
    pub(crate) async fn count(&self, context: Context, counter: &str) -> Result<u64> {
        let (host, end) = (format!("|{}.", host(context)), format!(".{counter}"));
        let stats = self.kube.envoy_stats_in(self.namespace, &self.pod.name, &host).await?;
        let of_it = stats.iter().filter(|(name, _)| name.ends_with(&end));
        Ok(of_it.map(|(_, count)| count).sum())
    }
}

fn host(context: Context) -> String {
    format!("{context}.{}", ClusterDescription::NAMESPACE)
}
