//! What somebody thinks of a title, and the rules for it, all in [`Opinion::new`].

use super::Refusal;

/// Stars and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// 1 (bad) to 5 (good).
    pub stars: u8,
    /// Plain text, at most 5,000 characters; may be empty. Never markup.
    pub text: String,
}

// === impl Opinion ===

impl Opinion {
    const CHARS: usize = 5_000;

    /// Holds every rule about what may be said (FR-60).
    pub fn new(stars: i32, text: String) -> Result<Self, Refusal> {
        let stars = u8::try_from(stars).ok().filter(|stars| (1..=5).contains(stars));
        let stars = stars.ok_or(Refusal::Stars)?;
        if text.chars().count() > Self::CHARS {
            return Err(Refusal::TextTooLong);
        }
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Refusal::TextUnprintable);
        }
        Ok(Self { stars, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_one_to_five() {
        for stars in 1..=5 {
            assert!(Opinion::new(stars, String::new()).is_ok(), "{stars}");
        }
        for stars in [0, 6, -1, 256, 257, i32::MIN, i32::MAX] {
            assert_eq!(Opinion::new(stars, String::new()), Err(Refusal::Stars), "{stars}");
        }
    }

    #[test]
    fn text_is_kept_as_it_was_said_up_to_5_000_characters() {
        let cases = [
            ("a\r\nb\tc <b>&amp;</b> 🎬".to_owned(), None),
            ("좋".repeat(5_000), None),
            ("좋".repeat(5_001), Some(Refusal::TextTooLong)),
            ("a\0b".to_owned(), Some(Refusal::TextUnprintable)),
            ("a\u{1b}[31mb".to_owned(), Some(Refusal::TextUnprintable)),
        ];
        for (text, refused) in cases {
            let opinion = Opinion::new(3, text.clone());
            assert_eq!(opinion.as_ref().err(), refused.as_ref(), "{text:.20}");
            assert!(opinion.is_err() || opinion.is_ok_and(|it| it.text == text));
        }
    }
}
