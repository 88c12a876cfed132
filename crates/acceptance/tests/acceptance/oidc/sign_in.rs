//! A person at a browser who signs in: the authorization code flow with PKCE, over HTTP as a browser speaks it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice_acceptance::id;
use boxoffice_testkit::servers::Oidc;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, Url};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What an app gets for somebody who has signed in.
#[derive(Deserialize)]
pub(super) struct Tokens {
    #[serde(rename = "access_token")]
    pub(super) access: String,
    #[serde(rename = "id_token")]
    pub(super) identity: String,
}

/// Keeps cookies, and goes where it is sent only when it is told to.
struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

/// More pages than a login has.
const PAGES: usize = 12;

/// Signs somebody in at the provider's own forms.
pub(super) async fn sign_in(oidc: &Oidc, name: &str) -> Tokens {
    let (verifier, state) = (format!("{}{}", id(), id()), id());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let question = [
        ("client_id", "web"),
        ("response_type", "code"),
        ("redirect_uri", Oidc::SIGNED_IN),
        ("scope", "openid"),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let start = Url::parse_with_params(&format!("{}/auth", oidc.url()), question).unwrap();
    let mut browser = Browser::new();
    let back: BTreeMap<_, _> = browser.walk(start, name).await.query_pairs().into_owned().collect();
    assert_eq!((&back["state"], &back["iss"]), (&state, &oidc.url()), "{back:?}");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("redirect_uri", Oidc::SIGNED_IN),
        ("code", &back["code"]),
        ("code_verifier", &verifier),
    ];
    let request = browser.http.post(format!("{}/token", oidc.url())).form(&form);
    let answer = browser.send(request).await;
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("no tokens: {text}"))
}

// === impl Browser ===

impl Browser {
    fn new() -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        Self { http: http.unwrap(), cookies: BTreeMap::new() }
    }

    /// Follows the provider's pages, answering each form, until it sends us back to the app.
    async fn walk(&mut self, mut url: Url, name: &str) -> Url {
        for _ in 0..PAGES {
            let mut answer = self.send(self.http.get(url.clone())).await;
            if answer.status().is_success() {
                answer = self.submit(&url, &answer.text().await.unwrap(), name).await;
            }
            let status = answer.status();
            let next = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
            let next = next.unwrap_or_else(|| panic!("{url} answers {status}"));
            if next.starts_with(Oidc::SIGNED_IN) {
                return next.parse().unwrap();
            }
            url = url.join(&next).unwrap();
        }
        panic!("the login does not end; now at {url}");
    }

    /// Fills in a page's form.
    async fn submit(&mut self, page: &Url, html: &str, name: &str) -> Response {
        let after = |mark: &str| html.split_once(mark).and_then(|(_, rest)| rest.split('"').next());
        let action = after("action=\"").unwrap_or_else(|| panic!("no form at {page}: {html}"));
        let prompt = after("name=\"prompt\" value=\"").unwrap();
        let form = [("prompt", prompt), ("login", name), ("password", "any will do")];
        let action = page.join(action).unwrap();
        self.send(self.http.post(action).form(&form)).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let cookie = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}
