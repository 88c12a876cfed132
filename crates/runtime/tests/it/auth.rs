//! Who gets in, by gRPC and by HTTP alike.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice_contracts::booking::v1::ListBookingsRequest;
use boxoffice_contracts::catalog::v1::{ListTitlesRequest, RemoveTitleRequest};
use boxoffice_kernel::Clock;
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{DevIssuer, Role};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tonic::Code;

use crate::fake::approval;
use crate::world::{World, query, why, with_token, world};

fn claims() -> Value {
    let now = Clock.now().timestamp();
    json!({"iss": DevIssuer::NAME, "aud": "boxoffice", "sub": "alice", "exp": now + 60})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

/// A token that says `claims`, signed with the world's own key.
fn signed(world: &World, claims: &Value) -> String {
    let key = EncodingKey::from_ed_pem(&std::fs::read(&world.key).unwrap()).unwrap();
    let jwks: Value = serde_json::from_str(&world.issuer.jwks_json()).unwrap();
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(jwks["keys"][0]["kid"].as_str().unwrap().to_owned());
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// With that header, and a signature that nobody has checked.
fn unsigned(header: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(&claims()))
}

fn bad_tokens(world: &World) -> Vec<(&'static str, String, &'static str)> {
    let now = Clock.now().timestamp();
    let directory = tempfile::tempdir().unwrap();
    let stranger = DevIssuer::open(&directory.path().join("key")).unwrap();
    let grant = Grant::new("mallory", Role::Admin);
    let good = world.token("alice", Role::Customer);
    let jwks: Value = serde_json::from_str(&world.issuer.jwks_json()).unwrap();
    let key = &jwks["keys"][0];

    // The public key taken for a shared secret: the oldest trick.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key["kid"].as_str().unwrap().to_owned());
    let secret = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let confused = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&secret));

    let none = json!({"alg": "none", "typ": "JWT", "kid": key["kid"]});
    let mut spoiled = good.clone().into_bytes();
    let last = spoiled.len() - 10;
    spoiled[last] = if spoiled[last] == b'A' { b'B' } else { b'A' };
    let invalid = "TOKEN_INVALID";
    vec![
        ("no JWT", "let me in".to_owned(), invalid),
        ("empty", String::new(), invalid),
        ("alg none", unsigned(&none, ""), invalid),
        ("alg none, with a signature", unsigned(&none, "c2lnbmVk"), invalid),
        ("HS256 with the public key", confused.unwrap(), invalid),
        ("a spoiled signature", String::from_utf8(spoiled).unwrap(), invalid),
        ("a stranger's key", stranger.token(&grant).unwrap(), invalid),
        ("another issuer", signed(world, &with("iss", json!("https://elsewhere"))), invalid),
        ("another audience", signed(world, &with("aud", json!(["bank"]))), invalid),
        ("no audience", signed(world, &with("aud", Value::Null)), invalid),
        ("no issuer", signed(world, &with("iss", Value::Null)), invalid),
        ("no subject", signed(world, &with("sub", Value::Null)), invalid),
        ("an empty subject", signed(world, &with("sub", json!(""))), invalid),
        ("a space at its end", signed(world, &with("sub", json!("alice "))), invalid),
        ("no expiry", signed(world, &with("exp", Value::Null)), invalid),
        ("not valid yet", signed(world, &with("nbf", json!(now + 600))), invalid),
        ("huge", format!("{good}{}", "A".repeat(17 * 1024)), invalid),
        ("expired", signed(world, &with("exp", json!(now - 31))), "TOKEN_EXPIRED"),
    ]
}

#[tokio::test]
async fn no_bad_token_gets_in_not_even_where_none_is_needed() {
    let world = world().await;
    let http = reqwest::Client::new();
    for (what, token, reason) in bad_tokens(&world) {
        let call = world.catalog().list_titles(with_token(query(""), &token)).await;
        let status = call.expect_err(what);
        assert_eq!(why(&status), (Code::Unauthenticated, reason.to_owned()), "{what}");
        assert!(status.metadata().contains_key("www-authenticate"), "{what}");

        let answer = http.get(world.url("/v1/titles")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{what}");
        assert!(answer.headers().contains_key("www-authenticate"), "{what}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["details"][0]["reason"], reason, "{what}: {body}");
    }
    let basic = http.get(world.url("/v1/titles")).basic_auth("alice", Some("secret"));
    assert_eq!(basic.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn every_rpc_lets_in_whom_its_contract_names() {
    use Role::{Admin, Anyone, Care, Customer, Service};
    let world = world().await;
    let ok = (Code::Ok, "");
    let missing = (Code::Unauthenticated, "TOKEN_MISSING");
    let denied = (Code::PermissionDenied, "ROLE_MISSING");
    for (role, list, remove, approve, bookings) in [
        (Anyone, ok, missing, missing, missing),
        (Customer, ok, denied, denied, ok),
        (Admin, ok, ok, denied, ok),
        (Care, ok, denied, denied, ok),
        (Service, ok, denied, ok, denied),
    ] {
        let token = (role != Anyone).then(|| world.token("someone", role));
        let titles = world.catalog().list_titles(as_holder(query(""), &token)).await;
        assert_eq!(outcome(titles), list, "{role:?} lists titles");
        let message = RemoveTitleRequest { title_id: uuid::Uuid::nil().to_string() };
        let removed = world.catalog().remove_title(as_holder(message, &token)).await;
        assert_eq!(outcome(removed), remove, "{role:?} removes a title");
        let approved = world.approvals().approve_payment(as_holder(approval(), &token)).await;
        assert_eq!(outcome(approved), approve, "{role:?} approves a payment");
        let message = ListBookingsRequest::default();
        let listed = world.booking().list_bookings(as_holder(message, &token)).await;
        assert_eq!(outcome(listed), bookings, "{role:?} lists bookings");
    }
}

fn as_holder<T>(message: T, token: &Option<String>) -> tonic::Request<T> {
    match token {
        Some(token) => with_token(message, token),
        None => tonic::Request::new(message),
    }
}

fn outcome<T>(answer: Result<T, tonic::Status>) -> (Code, &'static str) {
    let Err(status) = answer else { return (Code::Ok, "") };
    let (code, reason) = why(&status);
    let known = ["TOKEN_MISSING", "ROLE_MISSING"];
    (code, known.into_iter().find(|it| *it == reason).unwrap_or("?"))
}

#[tokio::test]
async fn claims_reach_the_handler_and_an_unknown_role_is_a_customer() {
    let world = world().await;
    let mut grant = Grant::new("alice", Role::Care);
    grant.email = Some("alice@example.com".to_owned());
    grant.language = Some("de-AT".to_owned());
    let token = world.issuer.token(&grant).unwrap();
    for _ in 0..2 {
        // The second time from memory.
        let answer = world.catalog().list_titles(with_token(query(""), &token)).await.unwrap();
        let title = &answer.get_ref().titles[0];
        assert_eq!((title.name.as_str(), title.synopsis.as_str()), ("alice", "alice@example.com"));
        assert_eq!(title.poster_uri, "Some(\"de-AT\") [Care, Customer]");
    }
    for roles in [json!(["king", "offline_access"]), json!([]), Value::Null, json!("customer")] {
        let token = signed(&world, &with("roles", roles.clone()));
        let answer = world.catalog().list_titles(with_token(query(""), &token)).await.unwrap();
        assert_eq!(answer.get_ref().titles[0].poster_uri, "None [Customer]", "{roles}");
    }
    let nobody = world.catalog().list_titles(ListTitlesRequest::default()).await.unwrap();
    assert_eq!(nobody.get_ref().titles[0].poster_uri, "None []");
}

#[tokio::test]
async fn a_remembered_token_expires_all_the_same() {
    let world = world().await;
    // 30 s of leeway leave it two seconds.
    let token = signed(&world, &with("exp", json!(Clock.now().timestamp() - 28)));
    let call = async || world.catalog().list_titles(with_token(query(""), &token)).await;
    call().await.unwrap();
    tokio::time::sleep(Duration::from_millis(3100)).await;
    let status = call().await.unwrap_err();
    assert_eq!(why(&status), (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned()));
}

#[test]
fn processes_that_open_one_new_key_file_at_once_have_one_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/dev.pem");
    let open = || DevIssuer::open(&path).unwrap().jwks_json();
    let keys: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "drafts are removed");

    std::fs::write(&path, "no key").unwrap();
    let error = DevIssuer::open(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("holds no Ed25519 private key in PEM; remove it and a new one is made")
    );
}
