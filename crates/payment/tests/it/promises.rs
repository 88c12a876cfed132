//! What every provider promises (`provider.rs`), asked of each of them.

use boxoffice_kernel::{BookingId, Currency, Money, PaymentId};
use boxoffice_payment::domain::{Answer, Method};
use boxoffice_payment::provider::{Charge, Provider, ProviderError, Refunded};
use futures::future::join_all;
use uuid::Uuid;

pub(crate) fn charge(method: &str) -> Charge {
    let amount = Money::from_minor(1_250, Currency::Eur).unwrap();
    let (key, booking_id) = (PaymentId(Uuid::new_v4()), BookingId(Uuid::new_v4()));
    Charge { key, booking_id, amount, method: Method::new(method) }
}

pub(crate) async fn a_key_is_charged_once_and_refunded_once(provider: &dyn Provider) {
    let charge = charge("pm_card_visa");
    let key = charge.key;
    assert_eq!(provider.find(key).await.unwrap(), None);

    let answers = join_all((0..20).map(|_| provider.charge(charge.clone()))).await;

    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
    assert_eq!(provider.find(key).await.unwrap(), Some(answers[0].clone()));
    let Answer::Approved { reference } = answers[0].clone() else { panic!("{answers:?}") };
    let refunded = Refunded { reference: Some(reference.clone()) };
    assert_eq!(provider.refund(key).await.unwrap(), refunded);
    assert_eq!(provider.refund(key).await.unwrap(), refunded);
    let returned = Answer::Returned { reference: Some(reference) };
    assert_eq!(provider.charge(charge).await.unwrap(), returned);
    assert_eq!(provider.find(key).await.unwrap(), Some(returned));
}

pub(crate) async fn a_closed_key_is_never_charged(provider: &dyn Provider, method: &str) {
    let charge = charge(method);
    let nothing = Refunded { reference: None };
    assert_eq!(provider.refund(charge.key).await.unwrap(), nothing);
    let answer = provider.charge(charge).await.unwrap();
    assert_eq!(answer, Answer::Returned { reference: None }, "{method}");
}

pub(crate) async fn a_decline_is_said_again(provider: &dyn Provider) {
    let charge = charge("pm_card_chargeDeclinedInsufficientFunds");
    let declined = Answer::Declined { reason: "insufficient_funds".to_owned() };
    for _ in 0..2 {
        assert_eq!(provider.charge(charge.clone()).await.unwrap(), declined);
        assert_eq!(provider.find(charge.key).await.unwrap(), Some(declined.clone()));
    }
}

pub(crate) async fn a_key_stands_for_one_charge(provider: &dyn Provider) {
    let first = charge("pm_card_visa");
    provider.charge(first.clone()).await.unwrap();
    let amount = Money::from_minor(100, Currency::Eur).unwrap();
    let other = provider.charge(Charge { amount, ..first.clone() }).await;
    assert!(matches!(other, Err(ProviderError::KeyReused(key)) if key == first.key), "{other:?}");
}

/// A charge and a refund that meet: whoever is first, nothing is kept, and later charges find it so.
pub(crate) async fn a_charge_and_a_refund_may_meet(provider: &dyn Provider) {
    for _ in 0..10 {
        let charge = charge("pm_card_visa");
        let (charged, refunded) =
            tokio::join!(provider.charge(charge.clone()), provider.refund(charge.key));
        let Refunded { reference } = refunded.unwrap();
        let returned = Answer::Returned { reference };
        // The charge may have been answered before the refund began.
        let charged = charged.unwrap();
        assert!(charged == returned || matches!(charged, Answer::Approved { .. }), "{charged:?}");
        assert_eq!(provider.charge(charge.clone()).await.unwrap(), returned);
        assert_eq!(provider.find(charge.key).await.unwrap(), Some(returned));
    }
}
