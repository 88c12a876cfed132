//! Tokens that somebody made up (NFR-07): none gets in, by gRPC or HTTP, and none is told to the logs.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice_acceptance::booking::v1::ListBookingsRequest;
use boxoffice_acceptance::{id, reason};
use boxoffice_contracts::booking::v1::booking_service_client::BookingServiceClient;
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::platform::Node;
use boxoffice_testkit::servers::{Oidc, SigningKey};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tonic::{Code, Request};

use super::sign_in::sign_in;
use super::{believing, claims, lists, signed};

/// What is wrong with it, the token, and the reason it is refused for.
type Forged = (String, String, &'static str);

/// Whoever makes them up: knows all that is public, and how our tokens look. To show that a check is made at all, some are
/// signed with the provider's own key.
struct Forger<'a> {
    oidc: &'a Oidc,
    key: SigningKey,
    /// The key as the provider publishes it.
    published: Value,
    /// Somebody's good token.
    good: String,
    /// Where the forger's keys lie, if somebody comes to fetch them.
    trap: String,
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn hmac(secret: &[u8]) -> (Algorithm, EncodingKey) {
    (Algorithm::HS256, EncodingKey::from_secret(secret))
}

/// An Ed25519 key that nobody publishes, in PKCS #8 (RFC 8410, section 7).
fn stranger() -> EncodingKey {
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    der.extend([7; 32]);
    EncodingKey::from_ed_der(&der)
}

fn edited(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

// === impl Forger ===

impl Forger<'_> {
    /// The header of a good token, with other or more things in it.
    fn header(&self, more: &Value) -> Value {
        let mut header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": self.key.id });
        let fields = header.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        fields.retain(|_, value| !value.is_null());
        header
    }

    fn made(&self, header: &Value, claims: &Value, by: &(Algorithm, EncodingKey)) -> String {
        let message = format!("{}.{}", part(&self.header(header)), part(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &by.1, by.0).unwrap();
        format!("{message}.{signature}")
    }

    /// Signed by the provider's own key, whatever the header says.
    fn real(&self, header: &Value, claims: &Value) -> String {
        let key = EncodingKey::from_rsa_pem(self.key.private.as_bytes()).unwrap();
        let said: Algorithm =
            header["alg"].as_str().map_or(Algorithm::RS256, |alg| alg.parse().unwrap());
        self.made(header, claims, &(said, key))
    }

    fn all(&self) -> Vec<Forged> {
        let mut all = self.unsigned();
        all.extend(self.by_the_public_key());
        all.extend(self.by_a_stranger());
        all.extend(self.of_the_provider_but_not_for_us());
        all.extend(self.mangled());
        all
    }

    /// `alg: none`, however it is spelt.
    fn unsigned(&self) -> Vec<Forged> {
        let claims = claims(self.oidc);
        let (_, signature) = self.good.rsplit_once('.').unwrap();
        let mut all = Vec::new();
        for alg in ["none", "None", "NONE", "nOnE", "", "null"] {
            for signature in ["", signature] {
                let header = self.header(&json!({ "alg": alg }));
                let token = format!("{}.{}.{signature}", part(&header), part(&claims));
                all.push((format!("alg {alg:?}, signed {signature:?}"), token, "TOKEN_INVALID"));
            }
        }
        let header = self.header(&json!({ "alg": null }));
        let token = format!("{}.{}.", part(&header), part(&claims));
        all.push(("no alg".to_owned(), token, "TOKEN_INVALID"));
        all
    }

    /// HMAC, with what everybody knows for the secret.
    fn by_the_public_key(&self) -> Vec<Forged> {
        let claims = claims(self.oidc);
        let modulus = self.published["n"].as_str().unwrap();
        let secrets: [(&str, Vec<u8>); 6] = [
            ("its PEM", self.key.public.clone().into_bytes()),
            ("its PEM, trimmed", self.key.public.trim().as_bytes().to_vec()),
            ("its JWK", self.published.to_string().into_bytes()),
            ("its modulus", URL_SAFE_NO_PAD.decode(modulus).unwrap()),
            ("its modulus in base64", modulus.as_bytes().to_vec()),
            ("nothing", Vec::new()),
        ];
        let forge = |(what, secret): (&str, Vec<u8>)| {
            let token = self.made(&json!({ "alg": "HS256" }), &claims, &hmac(&secret));
            (format!("HS256 by {what}"), token, "TOKEN_INVALID")
        };
        secrets.into_iter().map(forge).collect()
    }

    /// By a key of the forger's own, which the header offers in every way there is.
    fn by_a_stranger(&self) -> Vec<Forged> {
        let by = (Algorithm::EdDSA, stranger());
        let mut jwk = json!(Jwk::from_encoding_key(&by.1, by.0).unwrap());
        jwk["kid"] = json!("mine");
        let (claims, trap) = (claims(self.oidc), &self.trap);
        [
            ("an unknown kid", json!({ "kid": id() })),
            ("no kid", json!({ "kid": null })),
            ("a kid that is a path", json!({ "kid": "../../../../dev/null" })),
            ("the provider's kid", json!({})),
            ("its jwk", json!({ "jwk": jwk })),
            ("its jwk by kid", json!({ "jwk": jwk, "kid": "mine" })),
            ("its jku", json!({ "jku": trap, "kid": "mine" })),
            ("its x5u", json!({ "x5u": trap, "kid": "mine" })),
            ("its x5c", json!({ "x5c": [jwk["x"]], "kid": null })),
        ]
        .into_iter()
        .map(|(what, mut header)| {
            header["alg"] = json!("EdDSA");
            (
                format!("a stranger's, with {what}"),
                self.made(&header, &claims, &by),
                "TOKEN_INVALID",
            )
        })
        .collect()
    }

    /// Truly signed, and still not what lets anybody in here.
    fn of_the_provider_but_not_for_us(&self) -> Vec<Forged> {
        let good = claims(self.oidc);
        let now = good["iat"].as_i64().unwrap();
        let with = |name: &str, value: Value| self.real(&json!({}), &edited(&good, name, value));
        let head = |header: Value| self.real(&header, &good);
        let url = self.oidc.url();
        [
            ("another audience", with("aud", json!("bank"))),
            ("other audiences", with("aud", json!(["bank", "web", "BOXOFFICE"]))),
            ("no audience", with("aud", Value::Null)),
            ("another issuer", with("iss", json!("https://accounts.example.com"))),
            ("an issuer below ours", with("iss", json!(format!("{url}/realms/mine")))),
            ("no issuer", with("iss", Value::Null)),
            ("not valid yet", with("nbf", json!(now + 90))),
            ("no end", with("exp", Value::Null)),
            ("an end that is no number", with("exp", json!("tomorrow"))),
            ("no subject", with("sub", Value::Null)),
            ("what makes it an ID token", with("at_hash", json!("MTIz"))),
            ("another RSA hash", head(json!({ "alg": "RS512" }))),
            ("another RSA padding", head(json!({ "alg": "PS256" }))),
            ("a demand", head(json!({ "crit": ["exp"] }))),
            ("an extension", head(json!({ "crit": ["b64"], "b64": true }))),
            ("another purpose", head(json!({ "typ": "logout+jwt" }))),
            ("too much in it", with("padding", json!("x".repeat(13 * 1024)))),
        ]
        .into_iter()
        .map(|(what, token)| (format!("the provider's, with {what}"), token, "TOKEN_INVALID"))
        .chain([(
            "the provider's, expired".to_owned(),
            with("exp", json!(now - 60)),
            "TOKEN_EXPIRED",
        )])
        .collect()
    }

    /// A good one that something has happened to.
    fn mangled(&self) -> Vec<Forged> {
        let good = &self.good;
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (header, payload) = message.split_once('.').unwrap();
        let mine = part(&claims(self.oidc));
        [
            ("no signature", format!("{message}.")),
            ("no third part", message.to_owned()),
            ("half a signature", format!("{message}.{}", &signature[..signature.len() / 2])),
            ("a character less", format!("{message}.{}", &signature[..signature.len() - 4])),
            ("another payload", format!("{header}.{mine}.{signature}")),
            ("a fourth part", format!("{good}.{signature}")),
            ("its parts in disorder", format!("{payload}.{header}.{signature}")),
            ("a comma behind it", format!("{good},{good}")),
            ("itself behind it", format!("{good} {good}")),
        ]
        .into_iter()
        .map(|(what, token)| (format!("a good one, with {what}"), token, "TOKEN_INVALID"))
        .collect()
    }
}

/// What HTTP and gRPC answer to the token: status and reason, once each has said what it wants.
async fn told(node: &Node, token: &str) -> [(u16, String); 2] {
    let client = Client::new(&node.url(), Some(token)).unwrap();
    let answer = client.http(Method::GET, "/v1/bookings").send().await.unwrap();
    let challenge = answer.headers().get("www-authenticate").cloned();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    let http = body["error"]["details"][0]["reason"].as_str().unwrap_or_default();
    assert_eq!(challenge.unwrap(), "Bearer error=\"invalid_token\"", "{body}");

    let call = client.booking().list_bookings(ListBookingsRequest::default()).await;
    let grpc = call.map(drop).unwrap_err();
    let challenge = grpc.metadata().get("www-authenticate");
    assert_eq!(challenge.unwrap(), "Bearer error=\"invalid_token\"", "{grpc:?}");
    let code = if grpc.code() == Code::Unauthenticated { 401 } else { 0 };
    [(status, http.to_owned()), (code, reason(&grpc).unwrap_or_default())]
}

/// NFR-07: a good token gets in within the tolerated difference of clocks; no forged one does.
#[tokio::test]
async fn no_forged_token_gets_in() {
    let oidc = Oidc::start().await.unwrap();
    let mut node = believing(&oidc, "boxoffice");
    node.start().await.unwrap();
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tokens = sign_in(&oidc, "alice").await;
    let published = reqwest::get(format!("{}/jwks", oidc.url())).await.unwrap();
    let published: Value = published.json().await.unwrap();
    let forger = Forger {
        oidc: &oidc,
        key: oidc.key().unwrap(),
        published: published["keys"][0].clone(),
        good: tokens.access,
        trap: format!("http://{}/keys", trap.local_addr().unwrap()),
    };
    lists(&node, &forger.good).await.unwrap();
    let good = claims(&oidc);
    let now = good["iat"].as_i64().unwrap();
    for (name, moment) in [("exp", now - 15), ("nbf", now + 15)] {
        let token = signed(&forger.key, &edited(&good, name, json!(moment)));
        lists(&node, &token).await.expect("clocks may differ a little");
    }

    let mut all = forger.all();
    all.push(("the provider's ID token".to_owned(), tokens.identity, "TOKEN_INVALID"));
    for (what, token, reason) in &all {
        for answer in told(&node, token).await {
            assert_eq!(answer, (401, (*reason).to_owned()), "{what}: {token}");
        }
    }
    let fetched = tokio::time::timeout(Duration::ZERO, trap.accept()).await;
    assert!(fetched.is_err(), "somebody fetches the forger's keys");
    let words = node.words();
    assert!(words.contains("list_bookings") || words.contains("ListBookings"), "nothing is logged");
    for (what, token, _) in all.iter().filter(|(_, token, _)| token.len() > 100) {
        let secret = token.rsplit('.').find(|it| it.len() > 30).unwrap();
        assert!(!words.contains(secret), "the log holds {what}");
    }
}

/// NFR-07: who proves who they are twice, or in another way, is not believed once.
#[tokio::test]
async fn one_bearer_token_is_all_that_counts() {
    let oidc = Oidc::start().await.unwrap();
    let mut node = believing(&oidc, "boxoffice");
    node.start().await.unwrap();
    let good = format!("Bearer {}", sign_in(&oidc, "alice").await.access);
    let bare = good.trim_start_matches("Bearer ").to_owned();
    let basic = "Basic YWxpY2U6c2VjcmV0".to_owned();
    let client = Client::new(&node.url(), None).unwrap();
    for given in [
        vec![&good, &good],
        vec![&good, &basic],
        vec![&basic, &good],
        vec![&bare],
        vec![&basic],
        vec![&String::new()],
    ] {
        let mut http = client.http(Method::GET, "/v1/bookings");
        let mut request = Request::new(ListBookingsRequest::default());
        for value in &given {
            http = http.header("authorization", *value);
            request.metadata_mut().append("authorization", value.parse().unwrap());
        }
        assert_eq!(http.send().await.unwrap().status(), 401, "{given:?}");
        let call = BookingServiceClient::new(client.channel()).list_bookings(request).await;
        let status = call.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{given:?}");
        assert_eq!(reason(&status).as_deref(), Some("TOKEN_INVALID"), "{given:?}");
    }
    lists(&node, &bare).await.expect("it was the good one");
}

/// NFR-07: a token of 100 KB is refused before anybody looks at it.
#[tokio::test]
async fn a_huge_token_is_not_even_read() {
    let oidc = Oidc::start().await.unwrap();
    let mut node = believing(&oidc, "boxoffice");
    node.start().await.unwrap();
    let huge = format!("{}{}", sign_in(&oidc, "alice").await.access, "A".repeat(100 * 1024));
    let client = Client::new(&node.url(), Some(&huge)).unwrap();
    let answer = client.http(Method::GET, "/v1/bookings").send().await.unwrap();
    assert_eq!(answer.status(), 431);
    lists(&node, &huge).await.unwrap_err();
}
