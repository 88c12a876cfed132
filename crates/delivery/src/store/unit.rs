//! The orders one transaction works on, and what it has to say about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_kernel::{BookingId, DeliveryId, Time};
use sea_orm::DbErr;

use super::key::Key;
use super::{delivery, order, ticket};
use crate::Error;
use crate::domain::{Delivery, Event, Order, Pace, Ticket, delivery_of};
use crate::issuer::Issuer;

/// One transaction's orders.
#[derive(Debug)]
pub(crate) struct Unit {
    /// When it began.
    pub now: Time,
    /// How patiently a parcel is tried again.
    pub pace: Pace,
    key: Option<Key>,
    orders: BTreeMap<DeliveryId, Order>,
    events: Vec<Event>,
    loaded: BTreeMap<DeliveryId, Order>,
}

/// What has to be written, sorted by key. What is new is inserted, never upserted: another
/// replica's would be lost.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) now: Time,
    pub(super) new_orders: Vec<order::Model>,
    pub(super) orders: Vec<order::Model>,
    pub(super) new_deliveries: Vec<delivery::Model>,
    pub(super) deliveries: Vec<delivery::Model>,
    pub(super) new_tickets: Vec<ticket::Model>,
    pub(super) tickets: Vec<ticket::Model>,
    pub(super) new_key: Option<Arc<Issuer>>,
}

// === impl Unit ===

impl Unit {
    /// `tickets` are those of some of the `deliveries`, by number.
    pub(super) fn new(
        orders: Vec<order::Model>,
        deliveries: Vec<delivery::Model>,
        tickets: Vec<ticket::Model>,
        key: Option<Key>,
        pace: Pace,
        now: Time,
    ) -> Result<Self, DbErr> {
        let mut known: BTreeMap<_, Order> =
            orders.into_iter().map(|it| (DeliveryId(it.delivery_id), it.into())).collect();
        for row in deliveries {
            if let Some(order) = known.get_mut(&DeliveryId(row.id)) {
                order.delivery = Some(row.try_into()?);
            }
        }
        for row in tickets {
            let order = known.get_mut(&DeliveryId(row.delivery_id));
            if let Some(delivery) = order.and_then(|it| it.delivery.as_mut()) {
                delivery.tickets.push(row.into());
            }
        }
        Ok(Self { now, pace, key, loaded: known.clone(), orders: known, events: Vec::new() })
    }

    /// What is known of a booking; an empty order if nothing is.
    pub(crate) fn order_of(&mut self, booking_id: BookingId) -> &mut Order {
        let order = self.orders.entry(delivery_of(booking_id));
        order.or_insert_with(|| Order::new(booking_id))
    }

    /// One delivery.
    pub(crate) fn delivery(&mut self, id: DeliveryId) -> Result<&mut Delivery, Error> {
        let order = self.orders.get_mut(&id);
        order.and_then(|it| it.delivery.as_mut()).ok_or(Error::NotFound(id))
    }

    /// Who signs.
    pub(crate) fn issuer(&self) -> Result<Arc<Issuer>, Error> {
        self.key.as_ref().map(|it| Arc::clone(&it.issuer)).ok_or(Error::NoKey)
    }

    /// Keeps a new delivery together with what it says.
    pub(crate) fn begin(&mut self, delivery: Delivery, events: Vec<Event>) {
        let order = self.order_of(delivery.booking_id);
        order.delivery = Some(delivery);
        self.events.extend(events);
    }

    /// Keeps what a change says together with it.
    pub(crate) fn record(&mut self, event: Option<Event>) {
        self.events.extend(event);
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn into_changes(self) -> Changes {
        let new_key = self.key.filter(|it| it.is_new).map(|it| it.issuer);
        let mut changes = Changes::new(self.now, new_key);
        for (id, order) in &self.orders {
            let before = self.loaded.get(id);
            changes.take_order(before, order);
            let Some(delivery) = &order.delivery else { continue };
            changes.take_delivery(before.and_then(|it| it.delivery.as_ref()), delivery);
        }
        changes.new_tickets.sort_unstable_by_key(|it| it.id);
        changes.tickets.sort_unstable_by_key(|it| it.id);
        changes
    }
}

// === impl Changes ===

impl Changes {
    const fn new(now: Time, new_key: Option<Arc<Issuer>>) -> Self {
        Self {
            now,
            new_orders: Vec::new(),
            orders: Vec::new(),
            new_deliveries: Vec::new(),
            deliveries: Vec::new(),
            new_tickets: Vec::new(),
            tickets: Vec::new(),
            new_key,
        }
    }

    fn take_order(&mut self, before: Option<&Order>, order: &Order) {
        let row = order::Model::from(order);
        match before.map(order::Model::from) {
            None if order.is_known() => self.new_orders.push(row),
            Some(before) if before != row => self.orders.push(row),
            None | Some(_) => {}
        }
    }

    fn take_delivery(&mut self, before: Option<&Delivery>, delivery: &Delivery) {
        let row = delivery::Model::from(delivery);
        let ticket = |it: &Ticket| ticket::Model::new(delivery.id, it);
        let Some(before) = before else {
            self.new_deliveries.push(row);
            self.new_tickets.extend(delivery.tickets.iter().map(ticket));
            return;
        };
        if delivery::Model::from(before) != row {
            self.deliveries.push(row);
        }
        let both = before.tickets.iter().zip(&delivery.tickets);
        let changed = both.filter(|(before, after)| before != after);
        self.tickets.extend(changed.map(|(_, after)| ticket(after)));
    }
}
