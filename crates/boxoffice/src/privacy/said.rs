//! What was said of a person, and saying it of nobody instead. The only field of an event that names a person is `customer_id`
//! (a test of the contracts sees to that).

use boxoffice_contracts::pool;
use boxoffice_eventing::privacy::Mention;
use boxoffice_eventing::{Broker, Message};
use boxoffice_kernel::Context;
use boxoffice_runtime::privacy::Erasure;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use prost_reflect::prost::Message as _;
use prost_reflect::{DynamicMessage, Value};

/// Events read from the broker at a time.
const READING: usize = 64;

/// Looks at one event; theirs comes back as nobody's, and without a method of payment.
pub(super) fn look(erasure: &Erasure, name: &str, payload: &[u8]) -> Mention {
    let who = erasure.who.as_str();
    if !payload.windows(who.len()).any(|bytes| bytes == who.as_bytes()) {
        return Mention::None;
    }
    let Some(contract) = pool().get_message_by_name(name) else { return Mention::Unreadable };
    let Ok(mut event) = DynamicMessage::decode(contract, payload) else {
        return Mention::Unreadable;
    };
    let customer = event.get_field_by_name("customer_id");
    if customer.is_none_or(|customer| customer.as_str() != Some(who)) {
        return Mention::None; // the same letters in another field
    }
    event.set_field_by_name("customer_id", Value::String(erasure.pseudonym.to_string()));
    event.clear_field_by_name("payment_method");
    Mention::Theirs(event.encode_to_vec().into())
}

/// The events of a stream that are theirs, from this place on, as they have to be; and where the stream ends.
pub(super) async fn theirs(
    broker: &dyn Broker,
    source: Context,
    from: u64,
    erasure: &Erasure,
) -> anyhow::Result<(Vec<(u64, Message)>, u64)> {
    let end = broker.last_sequence(source).await?;
    let mut events = stream::iter(from..=end)
        .map(async |place| Ok::<_, anyhow::Error>((place, broker.read(source, place).await?)))
        .buffered(READING);
    let mut theirs = Vec::new();
    while let Some((place, event)) = events.try_next().await? {
        let Some(event) = event else { continue };
        match look(erasure, &event.name, &event.payload) {
            Mention::None => {}
            Mention::Theirs(payload) => theirs.push((place, Message { payload, ..event })),
            Mention::Unreadable => anyhow::bail!(
                "event {place} of {source} names them, but the contract of {} is not known to this binary",
                event.name
            ),
        }
    }
    Ok((theirs, end))
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::booking::v1::{BookingRejected, PaymentRequested, Rejection};
    use boxoffice_contracts::prost::Name;
    use boxoffice_kernel::CustomerId;

    use super::*;

    fn erasure() -> Erasure {
        Erasure { who: CustomerId::new("alice"), pseudonym: CustomerId::new("erased-1") }
    }

    fn looked<M: Name>(event: &M) -> Mention {
        look(&erasure(), &M::full_name(), &event.encode_to_vec())
    }

    #[test]
    fn an_event_of_theirs_becomes_nobodys() {
        let requested = PaymentRequested {
            booking_id: "7".to_owned(),
            customer_id: "alice".to_owned(),
            payment_method: "pm_card_visa".to_owned(),
            ..PaymentRequested::default()
        };
        let nobodys = PaymentRequested {
            customer_id: "erased-1".to_owned(),
            payment_method: String::new(),
            ..requested.clone()
        };
        assert_eq!(looked(&requested), Mention::Theirs(nobodys.encode_to_vec().into()));
        assert_eq!(looked(&nobodys), Mention::None);
    }

    #[test]
    fn the_same_letters_elsewhere_are_not_them() {
        let rejection = Rejection { provider_reason: "alice".to_owned(), ..Rejection::default() };
        let of_bob = BookingRejected {
            customer_id: "alice2".to_owned(),
            rejection: Some(rejection),
            ..BookingRejected::default()
        };
        assert_eq!(looked(&of_bob), Mention::None);
    }

    #[test]
    fn what_names_them_and_cannot_be_read_is_told_apart() {
        let name = PaymentRequested::full_name();
        assert_eq!(look(&erasure(), &name, b"\xffalice"), Mention::Unreadable);
        assert_eq!(
            look(&erasure(), "loyalty.v1.PointGiven", b"\x12\x05alice"),
            Mention::Unreadable
        );
        assert_eq!(look(&erasure(), &name, b"\xffbob"), Mention::None);
    }
}
