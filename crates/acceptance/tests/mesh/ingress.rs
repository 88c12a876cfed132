//! One way in, for REST and gRPC alike; nothing beside it.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::{Context, eventually, reason};
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::servers::{Authority, Certificate};
use http_body_util::BodyExt as _;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tonic::Code;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::transport::{Certificate as Trusted, Channel, ClientTlsConfig, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::{Service as _, ServiceExt as _};

use crate::identity::{call, internal};
use crate::kube::{ISTIO, Kube};
use crate::plain;

/// A page of somebody else's, and one that an operator names.
const STRANGER: &str = "https://elsewhere.example";
const LET_IN: &str = "https://tickets.example";

/// OPS-09: no port of a node and no load balancer leads past the ingress, and no Service of ours listens to plain text.
#[tokio::test]
async fn nothing_but_the_ingress_can_be_reached_from_outside() -> Result<()> {
    let kube = Kube::here();
    let all = kube.json(&["get", "services", "--all-namespaces"]).await?;
    let mut listening = 0;
    for service in all["items"].as_array().context("a list has items")? {
        let (metadata, spec) = (&service["metadata"], &service["spec"]);
        let ingress = metadata["labels"]["istio"] == "ingressgateway";
        ensure!(ingress || spec["type"] == "ClusterIP", "{metadata}: {spec}");
        if metadata["namespace"] != "boxoffice" {
            continue;
        }
        ensure!(spec["externalIPs"].is_null(), "{metadata}: {spec}");
        for port in spec["ports"].as_array().into_iter().flatten() {
            if port["name"] == "grpc" {
                let (ip, port) = (spec["clusterIP"].as_str(), &port["port"]);
                let said = plain::said(&format!("{}:{port}", ip.context("an address")?)).await;
                ensure!(said.is_empty(), "{metadata} answers in plain text: {said}");
                listening += 1;
            }
        }
    }
    ensure!(listening >= boxoffice_acceptance::CONTEXTS.len(), "only {listening} ports listen");
    let pods = kube.json(&["get", "pods"]).await?.to_string();
    ensure!(!pods.contains(r#""hostPort""#) && !pods.contains(r#""hostNetwork":true"#), "{pods}");
    Ok(())
}

/// OPS-09: every public service and every page, by one address. (Event streams go the same way: S4 watches a seat map.)
#[tokio::test]
async fn rest_and_grpc_share_one_address() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let title = world.admin().register_film("One Address").await;
    let nobody = Client::new(&kube.ingress, None)?;
    let path = format!("/v1/titles/{}", title.title_id);
    let by_rest: Value = nobody.http(Method::GET, &path).send().await?.json().await?;
    ensure!(by_rest["title"]["name"] == "One Address", "{by_rest}");
    let request = boxoffice_acceptance::catalog::v1::GetTitleRequest { title_id: title.title_id };
    let by_grpc = nobody.catalog().get_title(request).await?.into_inner().title;
    ensure!(by_grpc.is_some_and(|it| it.name == "One Address"));
    for page in ["/", "/docs", "/openapi.json"] {
        let answer = nobody.http(Method::GET, page).send().await?;
        ensure!(answer.status() == StatusCode::OK, "{page}: {}", answer.status());
    }
    let address = kube.ingress.trim_start_matches("http://");
    let services = kube.run("grpcurl", &["-plaintext", &format!("{address}:80"), "list"]).await?;
    for service in boxoffice_contracts::public_services() {
        ensure!(services.contains(&service), "{service} is not in {services}");
    }
    Ok(())
}

/// OPS-09: what is for our own contexts, for the kubelet or for Prometheus is not there, whatever the token.
#[tokio::test]
async fn what_is_internal_is_not_there_for_the_outside() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let service = world.service();
    let token = service.token.as_deref().context("a service has a token")?;
    let client = service.client(Context::BOOKING);
    let refused = |answer: &Response| {
        [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&answer.status())
    };
    ensure!(!internal().is_empty(), "nothing is internal");
    for path in internal() {
        let status = call(&kube.ingress, token, path).await;
        let not_there = [Code::PermissionDenied, Code::Unimplemented].contains(&status.code());
        // A context's own refusal names a reason: it would have been reached.
        ensure!(not_there && reason(&status).is_none(), "{path}: {status:?}");
        let answer = client.http(Method::POST, path).json(&json!({})).send().await?;
        ensure!(refused(&answer), "{path}: {answer:?}");
        let words = answer.text().await?;
        ensure!(!words.contains("UNKNOWN_PATH"), "{path} was looked up within: {words}");
    }
    for path in ["/metrics", "/stats/prometheus", "/grpc.health.v1.Health/Check", "/elsewhere"] {
        let answer = client.http(Method::GET, path).send().await?;
        ensure!(refused(&answer), "{path}: {answer:?}");
    }
    let mut health = HealthClient::new(client.channel());
    let status = health.check(HealthCheckRequest::default()).await.err();
    let status = status.context("health is told to everybody")?;
    ensure!(status.code() == Code::Unimplemented, "{status:?}");
    Ok(())
}

/// OPS-09: with a certificate in a Secret, the same address speaks TLS: REST and gRPC by one connection.
#[tokio::test]
async fn a_certificate_in_a_secret_makes_it_tls() -> Result<()> {
    let kube = Kube::here();
    let host = kube.ingress.trim_start_matches("http://");
    let authority = Authority::new()?;
    let secret = secret(&authority.sign(host)?)?;
    let secret = kube.apply_in(ISTIO, &secret).await?;
    let trusted = Trusted::from_pem(fs::read(authority.file())?);
    let tls = ClientTlsConfig::new().ca_certificate(trusted);
    let endpoint = Endpoint::from_shared(format!("https://{host}"))?.tls_config(tls)?;
    let line = eventually("TLS is spoken", || async { endpoint.connect().await.ok() }).await;

    let request = boxoffice_acceptance::catalog::v1::ListTitlesRequest::default();
    let mut catalog =
        boxoffice_acceptance::catalog::v1::catalog_service_client::CatalogServiceClient::new(
            line.clone(),
        );
    catalog.list_titles(request).await?;
    let titles = get(line, &format!("https://{host}/v1/titles")).await?;
    ensure!(titles["titles"].is_array(), "{titles}");
    secret.delete().await
}

async fn get(mut line: Channel, url: &str) -> Result<Value> {
    let request = http::Request::get(url).body(Body::empty())?;
    let answer = line.ready().await?.call(request).await?;
    ensure!(answer.status() == http::StatusCode::OK, "{answer:?}");
    Ok(serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?)
}

/// As `kubectl create secret tls boxoffice-tls` makes it.
pub(crate) fn secret(files: &Certificate) -> Result<String> {
    let data = json!({
        "tls.crt": fs::read_to_string(&files.certificate)?,
        "tls.key": fs::read_to_string(&files.key)?,
    });
    let metadata = json!({"name": "boxoffice-tls"});
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": metadata, "stringData": data});
    Ok(secret.to_string())
}

/// OPS-12: pages of others may not call us from a browser, until an operator names them.
#[tokio::test]
async fn pages_of_other_origins_are_let_in_only_where_they_are_named() -> Result<()> {
    let kube = Kube::here();
    for origin in [STRANGER, LET_IN] {
        ensure!(let_in(&kube, origin).await? == [false, false], "{origin} is let in");
    }
    let named = kube.upgrade(&json!({"istio": {"cors": {"allowOrigins": [LET_IN]}}})).await?;
    eventually("the page that is named is let in", || async {
        (let_in(&kube, LET_IN).await.unwrap() == [true, true]).then_some(())
    })
    .await;
    ensure!(let_in(&kube, STRANGER).await? == [false, false], "a stranger is let in");
    named.roll_back().await
}

/// Whether a browser is told to let a page of this origin ask us, and to show it what we answer.
async fn let_in(kube: &Kube, origin: &str) -> Result<[bool; 2]> {
    let nobody = Client::new(&kube.ingress, None)?;
    let asks = nobody.http(Method::OPTIONS, "/v1/titles").header("origin", origin);
    let asks = asks.header("access-control-request-method", "GET").send().await?;
    let reads = nobody.http(Method::GET, "/v1/titles").header("origin", origin).send().await?;
    let told = |answer: &Response| {
        answer.headers().get("access-control-allow-origin").is_some_and(|it| it == origin)
    };
    Ok([told(&asks), told(&reads)])
}
