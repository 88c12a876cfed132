//! What a notice says, from the templates in `templates/`: one file a language.
//!
//! The facts are stored, not the text: a list renders what it shows, so a notice can be read from
//! the moment it is known, and in the customer's language as soon as that is known.

use askama::Template;

use crate::Error;
use crate::domain::{Language, Notice, Topic};

/// A notice in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// One line.
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) body: String,
}

/// In English.
#[derive(Template)]
#[template(path = "en.txt")]
struct English<'a> {
    topic: &'a Topic,
    notice: &'a Notice,
}

/// In Korean.
#[derive(Template)]
#[template(path = "ko.txt")]
struct Korean<'a> {
    topic: &'a Topic,
    notice: &'a Notice,
}

/// Puts a notice in words.
pub(crate) fn render(notice: &Notice) -> Result<Text, Error> {
    let topic = &notice.topic;
    let text = match notice.language {
        Language::English => English { topic, notice }.render()?,
        Language::Korean => Korean { topic, notice }.render()?,
    };
    // The first line of a template is the subject.
    let (subject, body) = text.split_once('\n').unwrap_or((&text, ""));
    Ok(Text { subject: subject.trim().to_owned(), body: body.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use boxoffice_kernel::{BookingId, Currency, CustomerId, Money, NoticeId, Time};
    use uuid::Uuid;

    use super::*;

    const BEGINNING: Time = Time::UNIX_EPOCH;

    fn topics() -> Vec<Topic> {
        let amount = Money::from_minor(1_250, Currency::Eur).unwrap();
        let starts_at = BEGINNING + std::time::Duration::from_secs(86_400);
        vec![
            Topic::PaymentApproved { amount },
            Topic::PaymentCancelled { amount },
            Topic::BookingConfirmed { amount, starts_at: Some(starts_at) },
            Topic::BookingConfirmed { amount, starts_at: None },
            Topic::BookingCancelled { showing_cancelled: false },
            Topic::BookingCancelled { showing_cancelled: true },
            Topic::BookingExpired,
            Topic::ShowingRescheduled { previously: BEGINNING, starts_at },
            Topic::DeliveryStarted { by_post: true },
            Topic::DeliveryStarted { by_post: false },
            Topic::DeliveryCompleted,
            Topic::DeliveryCancelled,
            Topic::LicenseGranted,
            Topic::LicenseRevoked,
        ]
    }

    fn text(topic: Topic, language: Language) -> Text {
        let (id, booking_id) = (NoticeId(Uuid::nil()), BookingId(Uuid::max()));
        let notice = Notice::new(id, booking_id, CustomerId::new("alice"), topic, BEGINNING);
        render(&Notice { language, ..notice }).unwrap()
    }

    #[test]
    fn every_topic_has_its_own_words_in_every_language() {
        let mut seen = std::collections::BTreeSet::new();
        for language in [Language::English, Language::Korean] {
            for topic in topics() {
                let Text { subject, body } = text(topic, language);
                assert!(!subject.is_empty() && subject.lines().count() == 1, "{topic:?}");
                assert!(body.contains(&Uuid::max().to_string()), "{topic:?} names its booking");
                assert_eq!(body.is_ascii(), language == Language::English, "{body}");
                assert!(!body.contains("\n\n\n"), "{body}");
                assert!(seen.insert(body), "{topic:?} in {language:?} says what another does");
            }
        }
    }

    #[test]
    fn a_moved_showing_is_told_with_both_times() {
        let moved = topics()[7];
        let Text { subject, body } = text(moved, Language::English);
        assert_eq!(subject, "The showing begins at another time");
        assert!(body.contains("1 January 1970, 00:00 UTC"), "{body}");
        assert!(body.contains("2 January 1970, 00:00 UTC"), "{body}");
        let Text { body, .. } = text(moved, Language::Korean);
        assert!(body.contains("1970년 1월 2일 00:00 (UTC)"), "{body}");
    }

    #[test]
    fn an_amount_is_told_in_its_currency() {
        let Text { body, .. } = text(topics()[0], Language::English);
        assert!(body.contains("12.50 EUR"), "{body}");
    }
}
