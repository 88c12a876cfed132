//! Stripe, as far as a ticket needs it: what stripe-mock says of a request's form, and a book that remembers.
//!
//! stripe-mock checks every request against Stripe's own OpenAPI description, version and all, but forgets it at once.
//! What it lets pass is carried out in a [`Book`] with Stripe's rules: idempotency keys, declines, states.

mod book;
mod event;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::book::{Answer, Book, Request};
pub use self::book::{Paid, Trouble};
pub use self::event::Event;
use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

/// A Stripe of one's own, with one account.
#[derive(Debug)]
pub struct Stripe {
    _mock: Server,
    desk: Desk,
    url: String,
    /// It ends with the handle.
    _serving: JoinSet<io::Result<()>>,
}

/// What answers requests.
#[derive(Clone, Debug)]
struct Desk {
    mock: String,
    client: Client,
    book: Arc<Mutex<Book>>,
}

// === impl Stripe ===

impl Stripe {
    /// The account's secret key.
    pub const SECRET_KEY: &'static str = "sk_test_not4you2read";
    /// What the account's events are signed with.
    pub const WEBHOOK_SECRET: &'static str = "whsec_not4you2read";

    /// Starts it on a free port and waits until it answers.
    ///
    /// # Errors
    /// stripe-mock is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        let program = Tools::find().program("stripe-mock")?;
        let prepare = async |port: u16| {
            let address = format!("127.0.0.1:{port}");
            // Not asked, it takes one port for HTTPS on every machine, and two at once get in each other's way.
            let https = "127.0.0.1:0";
            let arguments = ["-http-addr", &address, "-https-addr", https, "-strict-version-check"];
            let arguments = arguments.map(Into::into).to_vec();
            let program = program.clone();
            let command =
                Command { name: "stripe-mock", program, arguments, at_once: Signal::Kill };
            Ok((Scratch::new("stripe")?, command))
        };
        let mock = Server::start(prepare, answers).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let desk = Desk { mock: address(mock.port()), client: client()?, book: Arc::default() };
        let router = Router::new().fallback(serve).with_state(desk.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { _mock: mock, desk, url, _serving: serving })
    }

    /// `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was taken for a payment, over all intents that name it.
    #[must_use]
    pub fn paid(&self, payment_id: &str) -> Paid {
        self.book().paid(payment_id)
    }

    /// The names of the intents that were made for a payment, oldest first.
    #[must_use]
    pub fn intents(&self, payment_id: &str) -> Vec<String> {
        self.book().intents(payment_id)
    }

    /// All it was ever told, and all it remembers.
    #[must_use]
    pub fn everything(&self) -> String {
        format!("{:?}", self.book())
    }

    /// How many requests to a path that ends so have been carried out or answered again.
    #[must_use]
    pub fn requests(&self, ending: &str) -> usize {
        self.book().requests(ending)
    }

    /// The next request to a path that ends so gets into this trouble.
    pub fn trouble(&self, ending: &str, trouble: Trouble) {
        self.book().trouble(ending, trouble);
    }

    /// The money of an intent arrives, though nobody has asked for it now.
    pub fn arrives(&self, intent: &str) {
        self.book().arrives(intent);
    }

    /// Somebody gives an intent's money back at Stripe's own desk.
    pub fn given_back_by_hand(&self, intent: &str) {
        self.book().given_back_by_hand(intent);
    }

    /// An intent that nobody made by a request of this test, and its money: what a delayed one would have left.
    #[must_use]
    pub fn stray(&self, payment_id: &str, booking_id: &str, amount: i64) -> String {
        self.book().stray(payment_id, booking_id, amount)
    }

    /// What Stripe posts about an intent now, signed.
    #[must_use]
    pub fn event(&self, kind: &str, intent: &str) -> Event {
        Event::new(kind, self.book().shown(intent))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.desk.book()
    }
}

// === impl Desk ===

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// stripe-mock's objection to the form of a request, if it has one.
    async fn objection(&self, request: &Request) -> Result<Option<Answer>> {
        let url = format!("{}{}", self.mock, request.target);
        let mut forwarded = self.client.request(request.method.clone(), url);
        for name in ["authorization", "content-type", "idempotency-key", "stripe-version"] {
            if let Some(value) = request.headers.get(name) {
                forwarded = forwarded.header(name, value.clone());
            }
        }
        let answer = forwarded.body(request.form.clone()).send().await?;
        let status = StatusCode::from_u16(answer.status().as_u16())?;
        if status.is_success() {
            return Ok(None);
        }
        Ok(Some(Answer::new(status, answer.json().await?)))
    }
}

async fn serve(
    State(desk): State<Desk>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    form: String,
) -> Response {
    let target = uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
    let request = Request { method, path: uri.path().to_owned(), target, headers, form };
    let bearer = format!("Bearer {}", Stripe::SECRET_KEY);
    if request.headers.get("authorization").is_none_or(|it| it.as_bytes() != bearer.as_bytes()) {
        return rendered(Answer::new(StatusCode::UNAUTHORIZED, json!({ "error": {} })));
    }
    match desk.objection(&request).await {
        Ok(Some(objection)) => return rendered(objection),
        Ok(None) => {}
        Err(error) => {
            let error = json!({ "error": { "message": format!("stripe-mock: {error:#}") } });
            return rendered(Answer::new(StatusCode::BAD_GATEWAY, error));
        }
    }
    let answer = desk.book().answer(&request);
    match answer {
        Some(answer) => rendered(answer),
        // Nobody hears of it any more; whoever waits has to give up.
        None => std::future::pending().await,
    }
}

fn rendered(Answer { status, body, replayed }: Answer) -> Response {
    let mut response = (status, Body::from(body.to_string())).into_response();
    if replayed {
        let yes = http::HeaderValue::from_static("true");
        response.headers_mut().insert("idempotent-replayed", yes);
    }
    response
}

fn client() -> Result<Client> {
    Ok(Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?)
}

async fn answers(port: u16) -> bool {
    let Ok(client) = client() else { return false };
    let asked = client.get(format!("{}/v1/balance", address(port))).bearer_auth(Stripe::SECRET_KEY);
    let answer = asked.send().await;
    match answer {
        Ok(answer) => answer.json::<Value>().await.is_ok(),
        Err(_) => false,
    }
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
