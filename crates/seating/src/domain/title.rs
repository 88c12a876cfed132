//! What seating knows of a title: only whether it may still be shown.

/// How a title stands with seating, from its first showing or its removal on.
///
/// ```text
/// Current ──removed──▶ Withdrawing ──no future showing is left──▶ Withdrawn
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has showings, and may get more.
    Current,
    /// It was taken off the programme (D-9); its future showings are being cancelled.
    Withdrawing,
    /// None of its showings is left to cancel.
    Withdrawn,
}
