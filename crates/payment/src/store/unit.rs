//! The accounts one transaction works on, and what it has to say about them.

use std::collections::BTreeMap;

use boxoffice_kernel::{BookingId, PaymentId, Time};

use crate::domain::{Account, Event, Intent, Pace, Payment, Refusal};

/// One transaction's accounts.
#[derive(Debug)]
pub(crate) struct Unit {
    /// When it began.
    pub now: Time,
    /// How patiently the provider is asked again.
    pub pace: Pace,
    accounts: BTreeMap<BookingId, Account>,
    /// Whose payment an id is, also where the booking is none of this transaction's.
    owners: BTreeMap<PaymentId, BookingId>,
    events: Vec<Event>,
    /// As loaded: accounts with the time they were closed at, and payments.
    locked: BTreeMap<BookingId, Option<Time>>,
    loaded: BTreeMap<PaymentId, Payment>,
}

/// What has to be written. What is new is inserted, never upserted: another replica's would be
/// lost.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) new_accounts: Vec<Account>,
    pub(super) accounts: Vec<Account>,
    pub(super) new_payments: Vec<Payment>,
    pub(super) payments: Vec<Payment>,
}

// === impl Unit ===

impl Unit {
    /// `accounts` without their payments, and `payments` of any booking, some of them twice.
    pub(super) fn new(
        accounts: Vec<Account>,
        mut payments: Vec<Payment>,
        pace: Pace,
        now: Time,
    ) -> Self {
        let locked = accounts.iter().map(|it| (it.booking_id, it.closed_at)).collect();
        let mut accounts: BTreeMap<_, _> =
            accounts.into_iter().map(|it| (it.booking_id, it)).collect();
        payments.sort_unstable_by_key(|it| (it.created_at, it.intent.payment_id));
        payments.dedup_by_key(|it| it.intent.payment_id);
        let mut owners = BTreeMap::new();
        let mut loaded = BTreeMap::new();
        for payment in payments {
            let Intent { payment_id, booking_id, .. } = payment.intent;
            owners.insert(payment_id, booking_id);
            if let Some(account) = accounts.get_mut(&booking_id) {
                loaded.insert(payment_id, payment.clone());
                account.payments.push(payment);
            }
        }
        Self { now, pace, accounts, owners, events: Vec::new(), locked, loaded }
    }

    /// The account of a booking; an empty one if nothing is known of it.
    pub(crate) fn account(&mut self, id: BookingId) -> &mut Account {
        self.accounts.entry(id).or_insert_with(|| Account::new(id))
    }

    /// The account an attempt belongs to, unless its id is an attempt to pay another booking.
    pub(crate) fn account_of(&mut self, intent: &Intent) -> Result<&mut Account, Refusal> {
        match self.owners.get(&intent.payment_id) {
            Some(owner) if *owner != intent.booking_id => Err(Refusal::Reused),
            Some(_) | None => Ok(self.account(intent.booking_id)),
        }
    }

    /// Keeps what a payment's change says together with it.
    pub(crate) fn record(&mut self, payment: Payment, event: Option<Event>) -> Payment {
        self.owners.insert(payment.intent.payment_id, payment.intent.booking_id);
        self.events.extend(event);
        payment
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Sorted by key, as new rows have to be inserted.
    pub(super) fn into_changes(self) -> Changes {
        let Self { accounts, locked, loaded, .. } = self;
        let mut changes = Changes::default();
        for (id, mut account) in accounts {
            let is_known = account.is_closed() || !account.payments.is_empty();
            for payment in account.payments.drain(..) {
                match loaded.get(&payment.intent.payment_id) {
                    None => changes.new_payments.push(payment),
                    Some(before) if *before != payment => changes.payments.push(payment),
                    Some(_) => {}
                }
            }
            match locked.get(&id) {
                None if is_known => changes.new_accounts.push(account),
                Some(closed_at) if *closed_at != account.closed_at => {
                    changes.accounts.push(account);
                }
                None | Some(_) => {}
            }
        }
        changes.new_payments.sort_unstable_by_key(|it| it.intent.payment_id);
        changes.payments.sort_unstable_by_key(|it| it.intent.payment_id);
        changes
    }
}
