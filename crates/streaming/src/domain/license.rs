//! A licence: whose it is, of what, and what may happen to it.

use boxoffice_kernel::id::derived;
use boxoffice_kernel::{BookingId, CustomerId, LicenseId, Time, TitleId};

use crate::domain::What;

/// What is known of one booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It bought a licence.
    License(License),
    /// It was closed before it bought one.
    Mark(Mark),
}

/// The right to watch a title at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// Follows from the booking's.
    pub id: LicenseId,
    /// The booking that bought it.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What.
    pub title_id: TitleId,
    /// Where it stands.
    pub state: State,
    /// When it was first watched, if it was.
    pub watched_at: Option<Time>,
    /// When it was granted, or its booking marked.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Grows by one with every change.
    pub version: u64,
}

/// Where a licence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The title may be watched.
    Granted,
    /// It was watched, and may be again.
    Watched,
    /// It may not be watched any more.
    Revoked,
}

/// Says that a booking was closed before it was known here (rule 4 of the purchase).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which.
    pub booking_id: BookingId,
    /// Since when.
    pub marked_at: Time,
}

/// A rule that said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was watched is not given back (FR-41).
    #[error("the title was watched; its licence is not taken back")]
    Watched,
    /// What was taken back is not watched.
    #[error("the licence was revoked; the title may not be watched any more")]
    Revoked,
}

// === impl License ===

impl License {
    /// The id of the one licence that a booking may have.
    pub fn id_of(booking: BookingId) -> LicenseId {
        LicenseId(derived("license", "booking", booking.0))
    }

    /// A new one (FR-32).
    pub fn grant(
        booking_id: BookingId,
        customer_id: CustomerId,
        title_id: TitleId,
        now: Time,
    ) -> (Self, What) {
        let license = Self {
            id: Self::id_of(booking_id),
            booking_id,
            customer_id,
            title_id,
            state: State::Granted,
            watched_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        (license, What::Granted)
    }

    /// One whose booking was closed before the grant was heard of: revoked from its first moment.
    pub fn grant_too_late(
        mark: Mark,
        customer_id: CustomerId,
        title_id: TitleId,
        now: Time,
    ) -> (Self, What) {
        let (granted, _) = Self::grant(mark.booking_id, customer_id, title_id, now);
        let (state, created_at) = (State::Revoked, mark.marked_at);
        (Self { state, created_at, version: 2, ..granted }, What::Revoked)
    }

    /// The customer watches it (FR-33). `None`: not for the first time.
    pub fn watch(&mut self, now: Time) -> Result<Option<What>, Refusal> {
        match self.state {
            State::Granted => {
                self.watched_at = Some(now);
                self.turn(State::Watched, now);
                Ok(Some(What::Watched))
            }
            State::Watched => Ok(None),
            State::Revoked => Err(Refusal::Revoked),
        }
    }

    /// Booking wants to cancel (FR-41). `None`: it was revoked before.
    pub fn revoke(&mut self, now: Time) -> Result<Option<What>, Refusal> {
        match self.state {
            State::Granted => {
                self.turn(State::Revoked, now);
                Ok(Some(What::Revoked))
            }
            State::Watched => Err(Refusal::Watched),
            State::Revoked => Ok(None),
        }
    }

    /// Booking says that its booking is closed: its last word. `None`: it was revoked before.
    pub fn close(&mut self, now: Time) -> Option<What> {
        match self.state {
            State::Granted | State::Watched => {
                self.turn(State::Revoked, now);
                Some(What::Revoked)
            }
            State::Revoked => None,
        }
    }

    fn turn(&mut self, state: State, now: Time) {
        self.state = state;
        self.updated_at = now;
        self.version += 1;
    }
}

// === impl Entry ===

impl Entry {
    /// By what it is kept.
    pub fn id(&self) -> LicenseId {
        match self {
            Self::License(license) => license.id,
            Self::Mark(mark) => License::id_of(mark.booking_id),
        }
    }

    /// The licence, if it is one.
    pub fn license(&self) -> Option<&License> {
        match self {
            Self::License(license) => Some(license),
            Self::Mark(_) => None,
        }
    }
}
