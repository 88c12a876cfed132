//! The rules that can say no.

/// A rule that said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing but spaces, or nothing at all.
    #[error("a title needs a name")]
    NameMissing,
    /// No poster is that wide.
    #[error("a name has at most 200 characters")]
    NameTooLong,
    /// What no poster can show and no database need keep.
    #[error("a name is one line without control characters")]
    NameUnprintable,
    /// A book, not a synopsis.
    #[error("a synopsis has at most 10,000 characters")]
    SynopsisTooLong,
    /// Lines and tabs are fine; other control characters are not.
    #[error("a synopsis has no control characters other than line ends and tabs")]
    SynopsisUnprintable,
    /// Missing, too short, too long, or not whole.
    #[error("a title runs from 1 second to 24 hours, in whole seconds")]
    RunningTime,
    /// The run would be over before its first day.
    #[error("a run cannot end before it starts")]
    RunEndsBeforeStart,
    /// Nothing a browser would show.
    #[error("a poster is an http or https address of at most 2,000 characters")]
    Poster,
    /// A stage show happens on a stage.
    #[error("only a film can be watched at home")]
    NotForHome,
    /// A film does not become a musical.
    #[error("the kind of a title does not change")]
    KindIsFixed,
    /// The same `request_id` came with another body (AIP-155).
    #[error("this request_id was used before, for a different request")]
    RequestIdReused,
    /// It is off the programme, and stays as it was.
    #[error("this title was removed from the programme")]
    Removed,
}
