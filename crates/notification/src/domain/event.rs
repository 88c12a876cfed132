//! What notification says: facts, in the past tense.

use boxoffice_kernel::Time;

use super::Notice;

/// A fact about one notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The customer was told.
    Sent {
        /// What, as it is now.
        notice: Notice,
        /// When.
        at: Time,
    },
}
