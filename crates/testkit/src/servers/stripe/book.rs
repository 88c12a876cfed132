//! What Stripe remembers of one account, and its rules for intents, refunds and idempotency keys. No I/O.

use std::collections::{BTreeMap, VecDeque};

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

/// A request that has the right form.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    /// With the query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) form: String,
}

/// The answer to it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) replayed: bool,
}

/// What may befall a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is answered with this status and nothing is done. From 500 on the answer is kept under the key, as Stripe does.
    Fails(u16),
    /// It is carried out, and answered as if it were not.
    DoneButFails(u16),
    /// It is carried out, and never answered.
    DoneButMute,
    /// It is answered with success, but the money does not go back.
    RefundFails,
}

/// What was taken for a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// How often.
    pub charges: usize,
    /// How much is kept, in the smallest unit.
    pub kept: i64,
    /// How often money went back.
    pub refunds: usize,
}

/// The account.
#[derive(Debug, Default)]
pub(super) struct Book {
    intents: Vec<Intent>,
    keys: BTreeMap<String, (String, Answer)>,
    troubles: VecDeque<(String, Trouble)>,
    /// Paths and forms.
    requests: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Intent {
    id: String,
    amount: i64,
    currency: String,
    method: String,
    metadata: BTreeMap<String, String>,
    status: &'static str,
    error: Option<Value>,
    charges: usize,
    refunds: usize,
}

// === impl Answer ===

impl Answer {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body, replayed: false }
    }

    fn error(status: StatusCode, error: Value) -> Self {
        Self::new(status, json!({ "error": error }))
    }

    fn invalid(code: &str, param: &str) -> Self {
        let error = json!({ "type": "invalid_request_error", "code": code, "param": param });
        Self::error(StatusCode::BAD_REQUEST, error)
    }
}

// === impl Book ===

impl Book {
    pub(super) fn trouble(&mut self, ending: &str, trouble: Trouble) {
        self.troubles.push_back((ending.to_owned(), trouble));
    }

    pub(super) fn requests(&self, ending: &str) -> usize {
        self.requests.iter().filter(|(path, _)| path.ends_with(ending)).count()
    }

    pub(super) fn intents(&self, payment_id: &str) -> Vec<String> {
        self.of(payment_id).map(|it| it.id.clone()).collect()
    }

    pub(super) fn paid(&self, payment_id: &str) -> Paid {
        let mut paid = Paid::default();
        for intent in self.of(payment_id) {
            paid.charges += intent.charges;
            paid.refunds += intent.refunds;
            if intent.charges > intent.refunds {
                paid.kept += intent.amount;
            }
        }
        paid
    }

    pub(super) fn arrives(&mut self, id: &str) {
        if let Some(intent) = self.intents.iter_mut().find(|it| it.id == id) {
            intent.status = "succeeded";
            intent.charges += 1;
        }
    }

    pub(super) fn given_back_by_hand(&mut self, id: &str) {
        if let Some(intent) = self.intents.iter_mut().find(|it| it.id == id) {
            intent.refunds = intent.charges;
        }
    }

    pub(super) fn stray(&mut self, payment_id: &str, booking_id: &str, amount: i64) -> String {
        let metadata = [("payment_id", payment_id), ("booking_id", booking_id)];
        let metadata = metadata.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let mut intent = Intent::new(amount, "krw", "pm_card_visa", metadata);
        (intent.status, intent.charges) = ("succeeded", 1);
        let id = intent.id.clone();
        self.intents.push(intent);
        id
    }

    pub(super) fn shown(&self, id: &str) -> Value {
        self.intents.iter().find(|it| it.id == id).map_or(Value::Null, Intent::shown)
    }

    /// `None`: there is none.
    pub(super) fn answer(&mut self, request: &Request) -> Option<Answer> {
        self.requests.push((request.path.clone(), request.form.clone()));
        let key = request.headers.get("idempotency-key").and_then(|it| it.to_str().ok());
        let asked = format!("{} {}", request.target, request.form);
        if let Some((first, answer)) = key.and_then(|key| self.keys.get(key)) {
            return Some(if *first == asked {
                Answer { replayed: true, ..answer.clone() }
            } else {
                let error = json!({ "type": "idempotency_error" });
                Answer::error(StatusCode::BAD_REQUEST, error)
            });
        }
        let at = self.troubles.iter().position(|(ending, _)| request.path.ends_with(ending));
        let trouble = at.and_then(|at| self.troubles.remove(at)).map(|(_, trouble)| trouble);
        let answer = match trouble {
            Some(Trouble::Fails(status)) => failed(status),
            Some(Trouble::DoneButFails(status)) => {
                self.carry_out(request);
                failed(status)
            }
            Some(Trouble::RefundFails) => {
                Answer::new(StatusCode::OK, json!({ "id": "re_failed", "status": "failed" }))
            }
            Some(Trouble::DoneButMute) | None => self.carry_out(request),
        };
        let remembered = answer.status.is_success()
            || answer.status.is_server_error()
            || answer.status == StatusCode::PAYMENT_REQUIRED;
        if let Some(key) = key.filter(|_| remembered) {
            self.keys.insert(key.to_owned(), (asked, answer.clone()));
        }
        (trouble != Some(Trouble::DoneButMute)).then_some(answer)
    }

    fn carry_out(&mut self, request: &Request) -> Answer {
        let form: Vec<(String, String)> =
            form_urlencoded::parse(request.form.as_bytes()).into_owned().collect();
        let field = |name: &str| {
            form.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value.as_str())
        };
        let path = request.path.trim_start_matches("/v1/");
        match (&request.method, path.split('/').collect::<Vec<_>>().as_slice()) {
            (&Method::POST, ["payment_intents"]) => self.create(&form, field),
            (&Method::GET, ["payment_intents"]) => self.list(request),
            (&Method::GET, ["payment_intents", id]) => self.change(id, |_| Ok(())),
            (&Method::POST, ["payment_intents", id, "confirm"]) => self.change(id, Intent::confirm),
            (&Method::POST, ["payment_intents", id, "cancel"]) => self.change(id, Intent::cancel),
            (&Method::POST, ["refunds"]) => {
                let answer = self.change(field("payment_intent"), Intent::refund);
                if !answer.status.is_success() {
                    return answer;
                }
                let id = format!("re_{}", uuid::Uuid::new_v4().simple());
                Answer::new(StatusCode::OK, json!({ "id": id, "status": "succeeded" }))
            }
            _ => Answer::invalid("unknown_path", ""),
        }
    }

    fn create<'a>(&mut self, form: &[(String, String)], field: impl Fn(&str) -> &'a str) -> Answer {
        let amount: i64 = field("amount").parse().unwrap_or_default();
        if amount < 50 {
            return Answer::invalid("amount_too_small", "amount");
        }
        let method = field("payment_method");
        if !method.starts_with("pm_card_") {
            return Answer::invalid("resource_missing", "payment_method");
        }
        let metadata = form.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some((name.to_owned(), value.clone()))
        });
        let intent = Intent::new(amount, field("currency"), method, metadata.collect());
        let shown = intent.shown();
        self.intents.push(intent);
        Answer::new(StatusCode::OK, shown)
    }

    /// Newest first, a hundred a page.
    fn list(&self, request: &Request) -> Answer {
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let after = form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, value)| (name == "starting_after").then(|| value.into_owned()));
        let newest = self.intents.iter().rev();
        let rest: Vec<_> = match &after {
            Some(after) => newest.skip_while(|it| it.id != *after).skip(1).collect(),
            None => newest.collect(),
        };
        let page: Vec<_> = rest.iter().take(100).map(|it| it.shown()).collect();
        let has_more = rest.len() > page.len();
        Answer::new(StatusCode::OK, json!({ "object": "list", "data": page, "has_more": has_more }))
    }

    fn change(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Intent) -> Result<(), Answer>,
    ) -> Answer {
        let Some(intent) = self.intents.iter_mut().find(|it| it.id == id) else {
            return Answer::invalid("resource_missing", "intent");
        };
        match change(intent) {
            Ok(()) => Answer::new(StatusCode::OK, intent.shown()),
            Err(answer) => answer,
        }
    }

    fn of(&self, payment_id: &str) -> impl Iterator<Item = &Intent> {
        self.intents
            .iter()
            .filter(move |it| it.metadata.get("payment_id").is_some_and(|it| it == payment_id))
    }
}

fn failed(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::error(status, json!({ "type": "api_error" }))
}

// === impl Intent ===

impl Intent {
    fn new(amount: i64, currency: &str, method: &str, metadata: BTreeMap<String, String>) -> Self {
        Self {
            id: format!("pi_{}", uuid::Uuid::new_v4().simple()),
            amount,
            currency: currency.to_owned(),
            method: method.to_owned(),
            metadata,
            status: "requires_confirmation",
            error: None,
            charges: 0,
            refunds: 0,
        }
    }

    fn confirm(&mut self) -> Result<(), Answer> {
        if self.status != "requires_confirmation" {
            return Err(Answer::invalid("payment_intent_unexpected_state", ""));
        }
        let Some((code, decline_code)) = declines(&self.method) else {
            (self.status, self.charges) = ("succeeded", self.charges + 1);
            return Ok(());
        };
        let error = json!({ "type": "card_error", "code": code, "decline_code": decline_code });
        (self.status, self.error) = ("requires_payment_method", Some(error.clone()));
        Err(Answer::error(StatusCode::PAYMENT_REQUIRED, error))
    }

    fn cancel(&mut self) -> Result<(), Answer> {
        if matches!(self.status, "succeeded" | "canceled" | "processing") {
            return Err(Answer::invalid("payment_intent_unexpected_state", ""));
        }
        self.status = "canceled";
        Ok(())
    }

    fn refund(&mut self) -> Result<(), Answer> {
        if self.charges == 0 {
            return Err(Answer::invalid("payment_intent_unexpected_state", ""));
        }
        if self.refunds >= self.charges {
            return Err(Answer::invalid("charge_already_refunded", ""));
        }
        self.refunds += 1;
        Ok(())
    }

    /// With its charge whole, as it is always asked for here.
    fn shown(&self) -> Value {
        let refunded = self.refunds >= self.charges;
        let charge = (self.charges > 0)
            .then(|| json!({ "id": format!("ch_{}", self.id), "refunded": refunded }));
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "currency": self.currency,
            "metadata": self.metadata,
            "status": self.status,
            "last_payment_error": self.error,
            "latest_charge": charge,
        })
    }
}

/// As Stripe's test methods are named: what the bank says of them, if it is no.
fn declines(method: &str) -> Option<(&'static str, &'static str)> {
    match method.strip_prefix("pm_card_")? {
        "chargeDeclined" => Some(("card_declined", "generic_decline")),
        "chargeDeclinedInsufficientFunds" => Some(("card_declined", "insufficient_funds")),
        "chargeDeclinedStolenCard" => Some(("card_declined", "stolen_card")),
        "chargeDeclinedExpiredCard" => Some(("expired_card", "expired_card")),
        "authenticationRequired" => Some(("authentication_required", "authentication_required")),
        _ => None,
    }
}
