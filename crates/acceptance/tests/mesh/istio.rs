//! The files of istio/ against the contracts, the chart, istioctl and istiod. What Envoy makes of them, the other proofs show.

mod calls;
mod objects;
mod routes;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::CONTEXTS;
use serde_json::Value;

use self::calls::Kind;
use self::objects::{Objects, chart, file, overlaid};
use self::routes::{Route, at_ingress, in_mesh, is_allowed};
use crate::kube::Kube;

/// Who calls from outside, to a context.
const INGRESS: &str = "cluster.local/ns/istio-system/sa/istio-ingressgateway";

/// What is tried again on these grounds only has not run: it never reached the context, or was handed back untouched.
const NOTHING_RAN: [&str; 2] = ["connect-failure", "refused-stream"];

/// A call of a context by another: who, whom.
type Pair = (String, String);

async fn ours(kube: &Kube) -> Result<Objects> {
    Objects::kustomized(kube, &file("istio")).await
}

fn principal(context: &str) -> String {
    format!("cluster.local/ns/boxoffice/sa/{context}")
}

/// OPS-09: generated from the contracts, so that a new RPC is missed here before a customer misses it.
#[tokio::test]
async fn every_public_rpc_is_routed_to_its_context_and_no_internal_one_to_any() -> Result<()> {
    let objects = ours(&Kube::here()).await?;
    let routes = routes::all(&objects);
    let mut wrong = Vec::new();
    for call in calls::all() {
        for (method, path) in call.ways() {
            let taking = at_ingress(&routes, method, path)?;
            let led: Vec<_> = taking.iter().map(|it| (it.context(), it.name())).collect();
            let right = match call.internal {
                true => vec![],
                false => vec![(call.context.as_str(), call.kind.route())],
            };
            if led != right {
                wrong.push(format!("{method} {path} goes to {led:?}, not {right:?}"));
            }
            if is_allowed(&objects, &call.context, INGRESS, path) == call.internal {
                wrong.push(format!("the policy of {} about {path}", call.context));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// OPS-09: pages, reflection and the provider's webhook; nothing else of what a context serves.
#[tokio::test]
async fn beside_rpcs_only_what_is_meant_for_everybody_is_routed() -> Result<()> {
    let objects = ours(&Kube::here()).await?;
    let routes = routes::all(&objects);
    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let open = [
        ("GET", "/", "catalog"),
        ("GET", "/docs", "catalog"),
        ("GET", "/openapi.json", "catalog"),
        ("POST", reflection, "catalog"),
        ("POST", "/v1/payments/webhooks/stripe", "payment"),
    ];
    for (method, path, context) in open {
        let taking = at_ingress(&routes, method, path)?;
        let led: Vec<_> = taking.iter().map(Route::context).collect();
        ensure!(led == [context], "{path} goes to {led:?}");
        ensure!(is_allowed(&objects, context, INGRESS, path), "{context} refuses {path}");
    }
    let closed = [
        "/metrics",
        "/healthz",
        "/v1",
        "/v1/",
        "/v2/titles",
        "/.well-known/jwks.json",
        "/grpc.health.v1.Health/Check",
        "/grpc.channelz.v1.Channelz/GetServers",
        "//openapi.json",
    ];
    for path in closed {
        for method in ["GET", "POST"] {
            let led = at_ingress(&routes, method, path)?;
            ensure!(led.is_empty(), "{path} goes to {led:?}");
        }
    }
    Ok(())
}

/// Istio repeats whatever says nothing, on grounds that do not care whether it ran.
#[tokio::test]
async fn every_route_says_when_it_is_tried_again_and_given_up_and_no_write_is_repeated()
-> Result<()> {
    let objects = ours(&Kube::here()).await?;
    let faults = faults_of_routes(&objects)?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

fn faults_of_routes(objects: &Objects) -> Result<Vec<String>> {
    let routes = routes::all(objects);
    let mut faults = Vec::new();
    for route in &routes {
        let streams = ["streams", "reflection"].contains(&route.name());
        let retries = &route.all["retries"];
        if route.retries() == [""] || retries["attempts"].as_u64().is_none_or(|it| it > 2) {
            faults.push(format!("{} {} retries: {retries}", route.owner, route.name()));
        }
        if route.all["timeout"].is_string() == streams {
            faults.push(format!("{} {}: {}", route.owner, route.name(), route.all["timeout"]));
        }
    }
    let repeats = |route: &Route<'_>| !route.retries().iter().all(|it| NOTHING_RAN.contains(it));
    for call in calls::all().iter().filter(|it| it.kind == Kind::Writes) {
        let mut taking: Vec<_> = in_mesh(&routes, &call.context, &call.path)?.into_iter().collect();
        for (method, path) in call.ways() {
            taking.extend(at_ingress(&routes, method, path)?);
        }
        let repeating = taking.iter().filter(|it| repeats(it));
        let told = |it: &Route<'_>| format!("{} on {} {}", call.path, it.owner, it.name());
        faults.extend(repeating.map(told));
    }
    Ok(faults)
}

/// Deny-all, and what is excepted from it: by name, and no more than ARCHITECTURE.md says.
#[tokio::test]
async fn contexts_may_call_and_see_whom_the_architecture_says_they_call() -> Result<()> {
    let objects = ours(&Kube::here()).await?;
    let drawn = drawn_in_architecture()?;
    let mut allowed: BTreeSet<Pair> = BTreeSet::new();
    let routes = routes::all(&objects);
    for call in calls::all() {
        for caller in CONTEXTS {
            let caller = caller.as_str();
            if !is_allowed(&objects, &call.context, &principal(caller), &call.path) {
                continue;
            }
            allowed.insert((caller.to_owned(), call.context.clone()));
            let route = in_mesh(&routes, &call.context, &call.path)?.context(call.path.clone())?;
            ensure!(route.context() == call.context, "{} goes astray", call.path);
            ensure!(route.all["timeout"].as_str().is_some_and(|it| it.ends_with("ms")));
        }
        let somebody = allowed.iter().any(|(_, whom)| *whom == call.context);
        ensure!(somebody || !call.internal, "nobody may call {}", call.path);
    }
    ensure!(allowed == drawn, "policies allow {allowed:?}, ARCHITECTURE.md has {drawn:?}");

    let mut seen: BTreeSet<Pair> = BTreeSet::new();
    for caller in CONTEXTS {
        let scope = objects.get("Sidecar", caller.as_str()).context("a scope of each context")?;
        ensure!(scope["outboundTrafficPolicy"]["mode"] == "REGISTRY_ONLY", "{caller}");
        let hosts = scope["egress"][0]["hosts"].as_array().into_iter().flatten();
        let peers = hosts.filter_map(|it| {
            let host = it.as_str()?.strip_prefix("./")?;
            host.strip_suffix(".boxoffice.svc.cluster.local")
        });
        seen.extend(peers.map(|whom| (caller.as_str().to_owned(), whom.to_owned())));
        let pays = scope.to_string().contains("api.stripe.com");
        ensure!(pays == (caller.as_str() == "payment"), "{caller} and the payment provider");
    }
    ensure!(seen == drawn, "Sidecars see {seen:?}, ARCHITECTURE.md has {drawn:?}");
    Ok(())
}

/// The column *calls* of its table of contexts.
fn drawn_in_architecture() -> Result<BTreeSet<Pair>> {
    let text = fs::read_to_string(file("ARCHITECTURE.md"))?;
    let rows = text.lines().skip_while(|line| !line.starts_with("| context |"));
    let mut drawn = BTreeSet::new();
    for row in rows.skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let (caller, calls) = (cells[1], cells[cells.len() - 2]);
        ensure!(CONTEXTS.iter().any(|it| it.as_str() == caller), "{caller} is no context");
        let whom = calls.split(", ").filter_map(|it| it.split(' ').next());
        let contexts = whom.filter(|it| CONTEXTS.iter().any(|context| context.as_str() == *it));
        drawn.extend(contexts.map(|it| (caller.to_owned(), it.to_owned())));
    }
    Ok(drawn)
}

/// One set of files, two ways; also with CORS, which has to be asked for (OPS-12).
#[tokio::test]
async fn the_chart_installs_what_kustomize_applies() -> Result<()> {
    let kube = Kube::here();
    let has_cors = |objects: &Objects| {
        let mut services = objects.of("VirtualService");
        services.any(|(_, spec)| spec.to_string().contains("corsPolicy"))
    };
    let origin = ["istio.cors.allowOrigins={https://tickets.example}"];
    for (more, set) in [("", &[][..]), ("\ncomponents: [cors]\n", &origin[..])] {
        let copy = overlaid(more)?;
        let applied = Objects::kustomized(&kube, copy.path()).await?;
        let installed = Objects::read(&kube, &chart(&kube, set).await?).await?;
        let unlike = applied.unlike(&installed);
        ensure!(unlike.is_empty(), "with {more:?} they are not the same: {unlike:?}");
        ensure!(has_cors(&applied) != more.is_empty(), "CORS, with {more:?}");
    }
    Ok(())
}

/// Together with the Services and pods that the chart makes, so that hosts, ports, labels and subsets are looked at too.
#[tokio::test]
async fn istioctl_finds_nothing_to_say_about_the_rendered_platform() -> Result<()> {
    let kube = Kube::here();
    let canary = ["contexts.catalog.canary.image.tag=next", "contexts.catalog.canary.replicas=1"];
    for set in [&[][..], &canary[..]] {
        let rendered = tempfile::NamedTempFile::with_suffix(".yaml")?;
        fs::write(rendered.path(), chart(&kube, set).await?)?;
        let path = rendered.path().display().to_string();
        let analyze = ["analyze", "--use-kube=false", "--all-namespaces", &path];
        // From warnings on it does not end well; what it says is then in the error.
        kube.run("istioctl", &[&analyze[..], &["--failure-threshold", "Warning"]].concat()).await?;
    }
    Ok(())
}

/// OPS-10: beside real pods and Services. Only a certificate it may lack: whoever installs it brings their own.
#[tokio::test]
async fn istioctl_finds_nothing_to_say_about_the_running_platform() -> Result<()> {
    let kube = Kube::here();
    let certificate = "IST0101=Gateway boxoffice/boxoffice";
    let analyze = ["analyze", "--failure-threshold", "Warning", "--suppress", certificate];
    kube.istioctl(&analyze).await.map(drop)
}

/// Istiod looks at what is applied, more strictly than any schema.
#[tokio::test]
async fn istiod_accepts_every_object() -> Result<()> {
    let kube = Kube::here();
    let directory = file("istio").display().to_string();
    let apply = ["apply", "-k", &directory, "--dry-run=server", "--validate=strict"];
    let said = kube.run("kubectl", &apply).await?;
    let accepted = said.lines().filter(|it| it.ends_with("(server dry run)")).count();
    let written = kube.run("kubectl", &["kustomize", &directory]).await?;
    let written = written.lines().filter(|it| it.starts_with("kind:")).count();
    ensure!(accepted == written && accepted > 0, "{accepted} of {written}:\n{said}");
    Ok(())
}

/// By the two lines that stand in it, on the platform as it runs.
#[tokio::test]
async fn every_experiment_is_put_on_and_taken_away_by_its_own_lines() -> Result<()> {
    let kube = Kube::here();
    let before = live(&kube).await?;
    let mut tried = 0;
    for entry in fs::read_dir(file("istio/experiments"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let line = |mark: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(mark));
            line.with_context(|| format!("{} has no line {mark:?}", path.display()))
        };
        let (on, off) = (line("# on:  ")?, line("# off: ")?);
        let put_on = run(&kube, on).await;
        let during = live(&kube).await;
        run(&kube, off).await?;
        put_on?;
        let (during, after) = (during?, live(&kube).await?);
        ensure!(during.unlike(&before).len() == 1, "{on}: changes {:?}", during.unlike(&before));
        ensure!(after == before, "{off}: leaves {:?}", after.unlike(&before));
        let faults = faults_of_routes(&during)?;
        ensure!(faults.is_empty(), "{on}: {}", faults.join("\n"));
        tried += 1;
    }
    ensure!(tried > 4, "where are they?");
    Ok(())
}

/// What holds for our namespace at this moment.
async fn live(kube: &Kube) -> Result<Objects> {
    let kinds = "virtualservices,destinationrules,authorizationpolicies,sidecars";
    let all: Value = kube.json(&["get", kinds]).await?;
    Objects::read(kube, &all.to_string()).await
}

/// A line of shell, at the root of the checkout.
async fn run(kube: &Kube, line: &str) -> Result<()> {
    let mut shell = kube.command("sh");
    let output = shell.args(["-ec", line]).current_dir(file(".")).output().await?;
    ensure!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
