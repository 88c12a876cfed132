//! A story as a page for people, and as JSON for programs. Of the customer it says who, never how to reach them.

use std::fmt::{self, Debug, Write as _};

use boxoffice_booking::domain::{Attempt, Outcome, Rejection};
use boxoffice_eventing::Message;
use boxoffice_kernel::Time;
use chrono::SecondsFormat;
use serde_json::{Value, json};
use url::Url;

use super::ago;
use super::story::Story;
use super::waiting::Waiting;

/// For people.
pub(super) fn text(story: &Story, jaeger: Option<&Url>) -> String {
    let mut page = String::new();
    // A String takes everything.
    let _ = head(&mut page, story, jaeger).and_then(|()| body(&mut page, story));
    page
}

fn head(page: &mut String, story: &Story, jaeger: Option<&Url>) -> fmt::Result {
    let (saga, now) = (&story.saga, story.read_at);
    let booking = &saga.booking;
    writeln!(page, "booking    {} of {}", booking.id, booking.customer_id)?;
    let (state, since) = (word(&booking.state), ago(saga.updated_at, now));
    writeln!(page, "state      {state}, {since}; placed {}", time(saga.placed_at))?;
    if let Some(rejection) = &saga.rejection {
        writeln!(page, "rejected   {}", why(rejection))?;
    }
    writeln!(page, "for        {}", subject(story))?;
    for waiting in &story.waiting {
        writeln!(page, "waits      {}", waiting.told(now))?;
    }
    if story.waiting.is_empty() {
        writeln!(page, "waits      for nobody")?;
    }
    if let Some(trace) = trace(saga.traceparent.as_deref()) {
        let link = jaeger.and_then(|it| it.join(&format!("trace/{trace}")).ok());
        writeln!(page, "trace      {trace}  {}", link.map(String::from).unwrap_or_default())?;
    }
    Ok(())
}

fn body(page: &mut String, story: &Story) -> fmt::Result {
    for attempt in &story.saga.attempts {
        let (id, began) = (attempt.id, time(attempt.began_at));
        writeln!(page, "attempt    {id}  {}, begun {began}", became(attempt))?;
    }
    if let Some(hold) = &story.hold {
        writeln!(page, "seats      {}", word(&hold.state))?;
    }
    for payment in &story.payments {
        let (id, amount, state) = (payment.payment_id, payment.amount, word(&payment.standing));
        writeln!(page, "payment    {id}  {state}  {amount}")?;
    }
    if let Some(delivery) = &story.delivery {
        writeln!(page, "delivery   {}  {}", delivery.delivery_id, word(&delivery.state))?;
    }
    if let Some(license) = &story.license {
        let state = licensed(license.live, license.watched);
        writeln!(page, "licence    {}  {state}", license.license_id)?;
    }
    for notice in &story.notices {
        let (state, tries) = (word(&notice.state), notice.attempts);
        writeln!(page, "notice     {}  {state}, tried {tries} times", word(&notice.topic))?;
    }
    for letter in &story.dead_letters {
        let name = letter.name.as_deref().map_or("unknown", short);
        let (id, listener, source) = (letter.id, &letter.listener, &letter.source);
        let (reason, tries) = (&letter.reason, letter.attempts);
        writeln!(
            page,
            "dead letter {id}  {listener} <- {source}  {name}  {reason}, tried {tries} times"
        )?;
    }
    match &story.events {
        Err(error) => writeln!(page, "\nthe events cannot be read: {error:#}"),
        Ok(events) => {
            writeln!(page)?;
            events.iter().try_for_each(|it| event_line(page, it))
        }
    }
}

fn event_line(page: &mut String, event: &Message) -> fmt::Result {
    let (when, context, name) = (time(event.time), event.context, short(&event.name));
    let trace = trace(event.traceparent.as_deref()).unwrap_or_default();
    writeln!(page, "{when}  {context:<12}  {name:<20}  {trace}")
}

/// For programs.
pub(super) fn json(story: &Story) -> Value {
    let saga = &story.saga;
    let booking = &saga.booking;
    let attempts = saga.attempts.iter().map(
        |it| json!({"id": it.id.to_string(), "outcome": became(it), "beganAt": time(it.began_at)}),
    );
    let payments = story.payments.iter().map(|it| {
        let (id, amount) = (it.payment_id.to_string(), it.amount.to_string());
        json!({"id": id, "state": word(&it.standing), "amount": amount})
    });
    let notices = story.notices.iter().map(|it| {
        let (topic, state, at) = (word(&it.topic), word(&it.state), time(it.created_at));
        json!({"topic": topic, "state": state, "attempts": it.attempts, "createdAt": at})
    });
    let letters = story.dead_letters.iter().map(|it| {
        json!({
            "id": it.id.to_string(), "listener": it.listener, "source": it.source,
            "event": it.name, "reason": it.reason, "attempts": it.attempts,
        })
    });
    let delivery = story
        .delivery
        .map(|it| json!({"id": it.delivery_id.to_string(), "state": word(&it.state)}));
    let license = story
        .license
        .as_ref()
        .map(|it| json!({"id": it.license_id.to_string(), "state": licensed(it.live, it.watched)}));
    json!({
        "booking": booking.id.to_string(),
        "customer": booking.customer_id.as_str(),
        "state": word(&booking.state),
        "for": subject(story),
        "placedAt": time(saga.placed_at),
        "updatedAt": time(saga.updated_at),
        "expiresAt": saga.expires_at.map(time),
        "rejection": saga.rejection.as_ref().map(why),
        "traceId": trace(saga.traceparent.as_deref()),
        "waiting": story.waiting.iter().map(waiting).collect::<Value>(),
        "attempts": attempts.collect::<Value>(),
        "seats": story.hold.as_ref().map(|it| word(&it.state)),
        "payments": payments.collect::<Value>(),
        "delivery": delivery,
        "license": license,
        "notices": notices.collect::<Value>(),
        "deadLetters": letters.collect::<Value>(),
        "events": story.events.as_ref().ok().map(|it| it.iter().map(event).collect::<Value>()),
    })
}

/// Whom a booking waits for, for programs.
pub(super) fn waiting(waiting: &Waiting) -> Value {
    let Waiting { whom, what, since, until } = waiting;
    json!({"for": whom, "to": what, "since": time(*since), "until": until.map(time)})
}

fn event(event: &Message) -> Value {
    json!({
        "id": event.id.to_string(),
        "time": time(event.time),
        "context": event.context.as_str(),
        "name": event.name,
        "traceId": trace(event.traceparent.as_deref()),
    })
}

/// What is bought: `2 seats of showing …; 18000 KRW`.
fn subject(story: &Story) -> String {
    let booking = &story.saga.booking;
    let what = match (booking.showing_id, booking.title_id) {
        (Some(showing), _) if booking.seats.is_empty() => {
            format!("{} places of showing {showing}", booking.quantity)
        }
        (Some(showing), _) => format!("{} of showing {showing}", booking.seats.join(", ")),
        (None, Some(title)) => format!("title {title}, at home"),
        (None, None) => "a title, at home".to_owned(),
    };
    match booking.amount {
        Some(amount) => format!("{what}, {amount}"),
        None => what,
    }
}

fn became(attempt: &Attempt) -> String {
    match &attempt.outcome {
        Outcome::Pending => format!("PENDING, {}", word(&attempt.phase)),
        Outcome::Approved => "APPROVED".to_owned(),
        Outcome::Declined(reason) => format!("DECLINED, {reason}"),
    }
}

fn why(rejection: &Rejection) -> String {
    match rejection {
        Rejection::SeatsUnavailable { .. } => "SEATS_UNAVAILABLE".to_owned(),
        Rejection::PaymentDeclined { provider_reason } => {
            format!("PAYMENT_DECLINED, {provider_reason}")
        }
        Rejection::SeatingUnavailable => "SEATING_UNAVAILABLE".to_owned(),
        Rejection::NotForSale(why) => format!("NOT_FOR_SALE, {}", word(why)),
    }
}

fn licensed(live: bool, watched: bool) -> &'static str {
    match (live, watched) {
        (true, false) => "GRANTED",
        (true, true) => "WATCHED",
        (false, _) => "REVOKED",
    }
}

/// A state as the contracts spell it: `AWAITING_PAYMENT`.
pub(super) fn word(state: &impl Debug) -> String {
    let name = format!("{state:?}");
    let name = name.split([' ', '(', '{']).next().unwrap_or_default();
    let mut word = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_uppercase() {
            word.push('_');
        }
        word.push(letter.to_ascii_uppercase());
    }
    word
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn time(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn trace(traceparent: Option<&str>) -> Option<String> {
    traceparent.and_then(boxoffice_telemetry::trace_id_of)
}
