//! The house of a showing: exactly as many seats are given away as there are (NFR-16).

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_kernel::{BookingId, Money, Time, TitleId};

use super::{
    Admission, Ask, Claim, Event, Flaw, GENERAL, Hold, HoldState, Refusal, Seat, SeatName, Showing,
    Slot, What,
};

/// A showing, and of its seats those that somebody asks about. Never all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct House {
    showing: Showing,
    /// A seat that is not in here was never held, or nobody asks about it.
    seats: BTreeMap<SeatName, Seat>,
}

/// What became of a request to hold seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are held.
    Held(HeldSeats),
    /// They are not; nothing is.
    Unavailable(Unavailable),
}

/// Seats were held: all of this is true at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// What the booking has now.
    pub hold: Hold,
    /// What its caller is told.
    pub seats: HeldSeats,
    /// What everybody is told.
    pub event: Event,
}

/// Somebody else has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Which of those asked for; none with general admission.
    pub seats: Vec<SeatName>,
    /// How many are left in all.
    pub seats_left: u32,
}

/// What a booking holds, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSeats {
    /// One a seat; one for all with general admission.
    pub items: Vec<HeldSeat>,
    /// What they cost together (FR-23).
    pub amount: Money,
    /// What is shown.
    pub title_id: TitleId,
    /// When.
    pub slot: Slot,
}

/// One seat, or a number of them without names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSeat {
    /// Its name, if it has one.
    pub seat: Option<SeatName>,
    /// Its grade.
    pub grade: String,
    /// What one costs.
    pub price: Money,
    /// 1, or how many with general admission.
    pub quantity: u32,
}

// === impl House ===

impl House {
    /// A showing and those of its seats that were ever held and are asked about.
    pub fn new(showing: Showing, seats: BTreeMap<SeatName, Seat>) -> Self {
        Self { showing, seats }
    }

    /// The showing.
    pub fn showing(&self) -> &Showing {
        &self.showing
    }

    /// The showing, to move or cancel.
    pub fn showing_mut(&mut self) -> &mut Showing {
        &mut self.showing
    }

    /// The showing and the seats looked at.
    pub fn into_parts(self) -> (Showing, BTreeMap<SeatName, Seat>) {
        (self.showing, self.seats)
    }

    /// Holds what is asked for, all or none (FR-11, FR-12, FR-14).
    pub fn hold(
        &mut self,
        booking_id: BookingId,
        ask: &Ask,
        now: Time,
    ) -> Result<Result<Granted, Unavailable>, Refusal> {
        self.showing.on_sale(now)?;
        let seats = self.price(ask)?;
        if let Some(unavailable) = self.unavailable(ask) {
            return Ok(Err(unavailable));
        }
        let hold = Hold {
            booking_id,
            showing_id: self.showing.id,
            seats: match ask {
                Ask::Seats(seats) => Arc::clone(seats),
                Ask::Quantity(_) => Arc::default(),
            },
            quantity: ask.count(),
            amount: Some(seats.amount),
            state: HoldState::Held,
        };
        self.showing.held += hold.quantity;
        self.claim(&hold, Claim::Held(booking_id));
        let event = self.showing.event(What::Held(hold.claimed()));
        Ok(Ok(Granted { hold, seats, event }))
    }

    /// Sells what is held: its booking is confirmed. `None`: it was sold before, or that booking
    /// has closed since it was confirmed `at` that version.
    pub fn sell(&mut self, hold: &mut Hold, at: u64) -> Result<Option<Event>, Refusal> {
        hold.belongs_to(self.showing.id)?;
        match hold.state {
            HoldState::Sold => return Ok(None),
            HoldState::Released { by } | HoldState::Closed { by } if at < by => return Ok(None),
            HoldState::Released { .. } | HoldState::Closed { .. } => {
                return Err(Refusal::SoldAfterClosing(hold.booking_id));
            }
            HoldState::Held => self.owned(hold, Claim::Held(hold.booking_id))?,
        }
        hold.state = HoldState::Sold;
        self.showing.held -= hold.quantity;
        self.showing.sold += hold.quantity;
        self.claim(hold, Claim::Sold(hold.booking_id));
        Ok(Some(self.showing.event(What::Sold(hold.claimed()))))
    }

    /// Puts the seats back on sale (FR-42): the booking's version `by` closed it. `None`: they
    /// are back already.
    pub fn release(&mut self, hold: &mut Hold, by: u64) -> Result<Option<Event>, Refusal> {
        hold.belongs_to(self.showing.id)?;
        match hold.state {
            HoldState::Released { .. } | HoldState::Closed { .. } => return Ok(None),
            HoldState::Held => {
                self.owned(hold, Claim::Held(hold.booking_id))?;
                self.showing.held -= hold.quantity;
            }
            HoldState::Sold => {
                self.owned(hold, Claim::Sold(hold.booking_id))?;
                self.showing.sold -= hold.quantity;
            }
        }
        hold.state = HoldState::Released { by };
        self.claim(hold, Claim::Free);
        Ok(Some(self.showing.event(What::Released(hold.claimed()))))
    }

    /// What `hold` is of, to be said as it was the first time: prices never change.
    pub fn held_seats(&self, hold: &Hold) -> Result<HeldSeats, Refusal> {
        let ask = if hold.seats.is_empty() {
            Ask::Quantity(hold.quantity)
        } else {
            Ask::Seats(Arc::clone(&hold.seats))
        };
        self.price(&ask)
    }

    fn price(&self, ask: &Ask) -> Result<HeldSeats, Refusal> {
        let items = self.items(ask)?;
        let amount = total(&items)?;
        let Showing { title_id, slot, .. } = self.showing;
        Ok(HeldSeats { items, amount, title_id, slot })
    }

    /// What is asked for, with grades and prices; refused if this house has nothing of the kind.
    fn items(&self, ask: &Ask) -> Result<Vec<HeldSeat>, Refusal> {
        match (&self.showing.admission, ask) {
            (Admission::General { .. }, Ask::Seats(_)) => Err(Flaw::QuantityRequired.into()),
            (Admission::SeatMap { .. }, Ask::Quantity(_)) => Err(Flaw::SeatsRequired.into()),
            (Admission::General { price, .. }, Ask::Quantity(quantity)) => Ok(vec![HeldSeat {
                seat: None,
                grade: GENERAL.to_owned(),
                price: *price,
                quantity: *quantity,
            }]),
            (Admission::SeatMap { layout, prices }, Ask::Seats(names)) => {
                let mut unknown = Vec::new();
                let mut items = Vec::with_capacity(names.len());
                for name in names.iter() {
                    let place = layout.place(name);
                    match place.and_then(|place| Some((place, prices.of_place(place)?))) {
                        None => unknown.push(name.clone()),
                        Some((place, price)) => items.push(HeldSeat {
                            seat: Some(name.clone()),
                            grade: place.row.grade.clone(),
                            price,
                            quantity: 1,
                        }),
                    }
                }
                if unknown.is_empty() { Ok(items) } else { Err(Flaw::SeatUnknown(unknown).into()) }
            }
        }
    }

    /// Exactly those asked for that cannot be had (FR-14).
    fn unavailable(&self, ask: &Ask) -> Option<Unavailable> {
        let seats_left = self.showing.seats_left();
        let taken: Vec<SeatName> =
            ask.names().iter().filter(|name| !self.is_free(name)).cloned().collect();
        let too_many = ask.count() > seats_left;
        (too_many || !taken.is_empty()).then_some(Unavailable { seats: taken, seats_left })
    }

    fn is_free(&self, name: &SeatName) -> bool {
        let layout = self.showing.admission.layout();
        let on_sale = layout.and_then(|it| it.place(name)).is_some_and(|place| !place.blocked());
        on_sale && self.seats.get(name).is_none_or(|seat| seat.claim.is_free())
    }

    /// Nothing is sold or released that is not the booking's. If this refuses, the store was tampered with.
    fn owned(&self, hold: &Hold, claim: Claim) -> Result<(), Refusal> {
        let counted = match claim {
            Claim::Held(_) => self.showing.held,
            Claim::Sold(_) => self.showing.sold,
            Claim::Free => 0,
        };
        let mut seats = hold.seats.iter().map(|name| self.seats.get(name));
        if counted >= hold.quantity && seats.all(|seat| seat.is_some_and(|it| it.claim == claim)) {
            Ok(())
        } else {
            Err(Refusal::Inconsistent(self.showing.id))
        }
    }

    fn claim(&mut self, hold: &Hold, claim: Claim) {
        self.showing.version += 1;
        let seat = Seat { claim, version: self.showing.version };
        self.seats.extend(hold.seats.iter().map(|name| (name.clone(), seat)));
    }
}

fn total(items: &[HeldSeat]) -> Result<Money, Refusal> {
    let mut sum: Option<Money> = None;
    for item in items {
        let price = item.price.times(item.quantity).map_err(Flaw::Amount)?;
        sum = Some(match sum {
            None => price,
            Some(sum) => sum.plus(price).map_err(Flaw::Amount)?,
        });
    }
    sum.ok_or(Refusal::Flawed(Flaw::NothingAsked))
}
