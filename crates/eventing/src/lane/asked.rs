//! One command as a trace shows it: from being asked to being answered, the wait for its turn included.

use std::fmt::{self, Write as _};

use boxoffice_kernel::{Fault as _, Kind};
use tracing::Span;

use super::{Answered, Turned, Work};

/// Who asked, and for what.
#[derive(Debug)]
pub(super) struct Asked(Span);

/// The first word of what is written: of a command its variant, and nothing of what is in it.
#[derive(Default)]
struct Word(String);

// === impl Asked ===

impl Asked {
    /// A part of whatever the current span is about; of nothing, if there is none.
    pub(super) fn by(lane: &'static str, command: &impl fmt::Debug) -> Self {
        if Span::current().is_disabled() {
            return Self(Span::none());
        }
        let mut word = Word::default();
        // It breaks off after the word, which is the error.
        let _ = write!(word, "{command:?}");
        Self(tracing::info_span!(
            "lane",
            otel.name = format_args!("{lane} {}", word.0),
            lane,
            command = word.0,
        ))
    }

    /// What the events that follow from it are caused by.
    pub(super) fn traceparent(&self) -> Option<String> {
        self.0.in_scope(boxoffice_telemetry::current_traceparent)
    }

    /// A refusal is an answer; what nobody can help is a failure.
    pub(super) async fn answer<W: Work>(
        self,
        answered: Answered<W>,
    ) -> Result<Option<W::Answer>, W::Error> {
        let answer = answered.await.map_err(|_| Turned::Off)?;
        if let Err(error) = &answer
            && matches!(error.kind(), Kind::Internal | Kind::Unavailable)
        {
            boxoffice_telemetry::failed(&self.0, error.reason());
        }
        answer
    }
}

// === impl Word ===

impl fmt::Write for Word {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let word = text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        self.0.push_str(word);
        if word.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[expect(dead_code, reason = "they are only written")]
    enum Command {
        Place(Box<str>),
        Cancel { id: u32 },
        MakeKey,
    }

    #[test]
    fn a_command_is_named_and_nothing_it_carries_is() {
        for (command, name) in [
            (Command::Place("to Ada Lovelace".into()), "Place"),
            (Command::Cancel { id: 7 }, "Cancel"),
            (Command::MakeKey, "MakeKey"),
        ] {
            let mut word = Word::default();
            let _ = write!(word, "{command:?}");
            assert_eq!(word.0, name);
        }
    }
}
