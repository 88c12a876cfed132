//! An OIDC issuer, found by its URL.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use boxoffice_contracts::catalog::v1::GetTitleRequest;
use boxoffice_runtime::auth::{Client, Grant};
use boxoffice_runtime::{Auth, DevIssuer, OidcConfig, Role};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::Code;
use url::Url;

use crate::world::{Plan, World, query, why, with_token};

/// A small issuer whose keys can be changed.
struct Issuer {
    url: Url,
    state: Arc<State>,
    directory: TempDir,
}

struct State {
    url: String,
    signs: Mutex<DevIssuer>,
    keys_asked: AtomicUsize,
    tokens_asked: AtomicUsize,
}

// === impl Issuer ===

impl Issuer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/realms/box", listener.local_addr().unwrap());
        let directory = tempfile::tempdir().unwrap();
        let signs = DevIssuer::open(&directory.path().join("first")).unwrap().issued_by(&url);
        let state = Arc::new(State {
            url: url.clone(),
            signs: Mutex::new(signs),
            keys_asked: AtomicUsize::new(0),
            tokens_asked: AtomicUsize::new(0),
        });
        let serves = Arc::clone(&state);
        tokio::task::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&serves);
                let answer = hyper::service::service_fn(move |request| {
                    let state = Arc::clone(&state);
                    async move { Ok::<_, Infallible>(state.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::task::spawn(connection.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { url: Url::parse(&url).unwrap(), state, directory }
    }

    fn config(&self) -> OidcConfig {
        let secret = "s3cret".to_owned().into();
        OidcConfig {
            issuer: self.url.clone(),
            audience: "boxoffice".to_owned(),
            roles_claim: "roles".to_owned(),
            client: Some(Client { id: "box".to_owned(), secret }),
        }
    }

    fn token(&self, role: Role) -> String {
        self.state.signs.lock().unwrap().token(&Grant::new("alice", role)).unwrap()
    }

    /// From now on another key signs.
    fn rotate(&self, name: &str) {
        let key = DevIssuer::open(&self.directory.path().join(name)).unwrap();
        *self.state.signs.lock().unwrap() = key.issued_by(&self.state.url);
    }
}

// === impl State ===

impl State {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let url = &self.url;
        let body = match request.uri().path() {
            "/realms/box/.well-known/openid-configuration" => json!({
                "issuer": url,
                "jwks_uri": format!("{url}/keys"),
                "token_endpoint": format!("{url}/token"),
            })
            .to_string(),
            "/realms/box/keys" => {
                self.keys_asked.fetch_add(1, Ordering::SeqCst);
                self.signs.lock().unwrap().jwks_json()
            }
            "/realms/box/token" => {
                self.tokens_asked.fetch_add(1, Ordering::SeqCst);
                // box:s3cret
                assert_eq!(request.headers()["authorization"], "Basic Ym94OnMzY3JldA==");
                let form = request.into_body().collect().await.unwrap().to_bytes();
                assert!(form.starts_with(b"grant_type=client_credentials"), "{form:?}");
                let token = self.signs.lock().unwrap().token(&Grant::new("box", Role::Service));
                json!({"access_token": token.unwrap(), "expires_in": 300}).to_string()
            }
            other => panic!("{other} was asked for"),
        };
        Response::new(Full::from(body))
    }
}

async fn lists(world: &World, token: &str) -> Result<String, tonic::Status> {
    let answer = world.catalog().list_titles(with_token(query(""), token)).await?;
    Ok(answer.into_inner().titles[0].name.clone())
}

#[tokio::test]
async fn its_tokens_get_in_and_ours_do_not() {
    let issuer = Issuer::start().await;
    let auth = Some(Auth::oidc(issuer.config()).unwrap());
    let world = Plan { auth, ..Plan::default() }.start().await;
    assert_eq!(lists(&world, &issuer.token(Role::Customer)).await.unwrap(), "alice");
    let status = lists(&world, &world.token("alice", Role::Admin)).await.unwrap_err();
    assert_eq!(why(&status), (Code::Unauthenticated, "TOKEN_INVALID".to_owned()));
    let keys = reqwest::get(world.url("/.well-known/jwks.json")).await.unwrap();
    assert_eq!(keys.status(), 404, "only the development issuer shows keys");
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_in_a_while() {
    let issuer = Issuer::start().await;
    let auth = Some(Auth::oidc(issuer.config()).unwrap());
    let world = Plan { auth, ..Plan::default() }.start().await;
    lists(&world, &issuer.token(Role::Customer)).await.unwrap();
    let asked = || issuer.state.keys_asked.load(Ordering::SeqCst);
    let before = asked();

    let world = Arc::new(world);
    let calls = (0..20).map(|number| {
        issuer.rotate(&format!("unpublished {number}"));
        let token = issuer.token(Role::Customer);
        issuer.rotate("first");
        let world = Arc::clone(&world);
        async move { lists(&world, &token).await }
    });
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated);
    }
    assert!(asked() <= before + 1, "twenty unknown keys are one question at most");

    issuer.rotate("second");
    let rotated = issuer.token(Role::Customer);
    let mut tries = 0;
    while lists(&world, &rotated).await.is_err() {
        tries += 1;
        assert!(tries < 130, "the new key is found within 10 s");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn services_call_each_other_with_its_tokens() {
    let issuer = Issuer::start().await;
    let auth = || Some(Auth::oidc(issuer.config()).unwrap());
    let payment = Plan { auth: auth(), ..Plan::default() }.start().await;
    let url = Url::parse(&payment.url("")).unwrap();
    let catalog = Plan { auth: auth(), payment: Err(Some(url)), ..Plan::default() }.start().await;
    for _ in 0..3 {
        let message = GetTitleRequest { title_id: uuid::Uuid::nil().to_string() };
        catalog.catalog().get_title(message).await.unwrap();
    }
    let seen = payment.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0].caller.sub.as_deref(), Some("box"));
    assert_eq!(
        issuer.state.tokens_asked.load(Ordering::SeqCst),
        1,
        "a token is used until it ends"
    );
}

#[tokio::test]
async fn an_issuer_that_is_away_is_no_reason_to_let_anybody_in() {
    let issuer = Issuer::start().await;
    let mut config = issuer.config();
    config.issuer = Url::parse("http://127.0.0.1:1/").unwrap();
    let auth = Some(Auth::oidc(config).unwrap());
    let world = Plan { auth, ..Plan::default() }.start().await;
    let status = lists(&world, &issuer.token(Role::Admin)).await.unwrap_err();
    assert_eq!(why(&status), (Code::Unavailable, "ISSUER_UNAVAILABLE".to_owned()));
    world.catalog().list_titles(query("")).await.unwrap();
}
