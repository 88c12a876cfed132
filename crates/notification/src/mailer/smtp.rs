//! Letters by SMTP.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Letter, Mailer, NotSent};
use crate::domain::EmailAddress;

/// A mail server. Each letter has a connection of its own, so that giving one up harms no other.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// No mail server can be reached by these settings. Says nothing of the URL, which is a secret.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Not a URL of a mail server.
    #[error(
        "not the URL of a mail server; expected smtp://host:25, smtps://user:password@host, or smtp://user:password@host?tls=required"
    )]
    Url,
    /// Not somebody letters can come from.
    #[error("`{0}` is no sender; expected one like Box office <tickets@example.org>")]
    Sender(String),
}

/// RFC 3834: nobody's auto-responder should answer.
#[derive(Clone, Copy, Debug)]
struct AutoSubmitted;

// === impl Smtp ===

impl Smtp {
    /// By a URL such as `smtps://user:password@mail.example.org`. Connects when there is a letter.
    /// `step` is how long one step of the conversation may take.
    pub fn new(url: &SecretString, from: &str, step: Duration) -> Result<Self, Unusable> {
        let sender = || Unusable::Sender(from.to_owned());
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
        // The cause may repeat the URL.
        let transport = transport.map_err(|_| Unusable::Url)?.timeout(Some(step)).build();
        Ok(Self { transport, from: from.parse().map_err(|_| sender())? })
    }

    /// The letter as it goes over the line.
    fn message(&self, letter: &Letter) -> Result<Message, NotSent> {
        let to = address(&letter.to).ok_or(NotSent::Refused(None))?;
        let id = format!("<{}@{}>", letter.notice_id, self.from.email.domain());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.as_str())
            .message_id(Some(id))
            .date(letter.date.into())
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|_| NotSent::Refused(None))
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = self.message(letter)?;
        let plain = letter.to.expose().is_ascii();
        self.transport.send(message).await.map(drop).map_err(|error| why(error, plain))
    }
}

impl fmt::Debug for Smtp {
    /// The transport knows the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

/// `None`: it is none, or would be more than one line.
fn address(typed: &EmailAddress) -> Option<Address> {
    let typed = typed.expose();
    if typed.chars().any(char::is_control) {
        return None;
    }
    typed.parse().ok()
}

/// What a failure says about the letter. What says no to us, not to the letter, is an outage: it
/// must not cost anybody their mail.
fn why(error: SmtpError, plain: bool) -> NotSent {
    let code = error.status().map(u16::from);
    match code {
        // Closing (RFC 5321); not logged in, or not like that (RFC 4954, RFC 3207).
        Some(421 | 432 | 454 | 504 | 530 | 534 | 535 | 538) => NotSent::Unavailable(code, None),
        Some(500..) => NotSent::Refused(code),
        Some(_) => NotSent::Postponed(code),
        // The server does not know addresses of other scripts (SMTPUTF8).
        None if error.is_client() && !plain => NotSent::Refused(None),
        None => NotSent::Unavailable(None, Some(error.into())),
    }
}

// === impl AutoSubmitted ===

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_kernel::{NoticeId, Time};
    use uuid::Uuid;

    use super::*;
    use crate::domain::Language;

    fn smtp() -> Smtp {
        let url = "smtps://office:hush@mail.example.org".into();
        Smtp::new(&url, "Box office <tickets@example.org>", Duration::from_secs(1)).unwrap()
    }

    fn letter(to: &str) -> Letter {
        Letter {
            notice_id: NoticeId(Uuid::nil()),
            to: EmailAddress::new(to).unwrap(),
            language: Language::Korean,
            subject: "예매가 확정되었습니다".to_owned(),
            text: "좋은 시간 되세요.".to_owned(),
            date: Time::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn the_same_notice_has_the_same_message_id() {
        let message =
            || String::from_utf8(smtp().message(&letter("bob@x.org")).unwrap().formatted());
        let message = [message().unwrap(), message().unwrap()];
        let id = "Message-ID: <00000000-0000-0000-0000-000000000000@example.org>\r\n";
        assert!(message.iter().all(|it| it.contains(id)), "{message:?}");
        assert!(message[0].is_ascii(), "any server can take it");
    }

    #[tokio::test]
    async fn an_address_cannot_smuggle_in_a_header() {
        for hostile in [
            "bob@x.org\r\nBcc: eve@x.org",
            "bob@x.org\nBcc: eve@x.org",
            "\"bob\r\nBcc: eve\"@x.org",
            "bob@x.org, eve@x.org",
            "Eve <eve@x.org>",
            "bob@x.org>\r\nRCPT TO:<eve@x.org",
            "bob",
            "@",
            "bob@x.org\0",
        ] {
            let refused = smtp().message(&letter(hostile));
            assert!(matches!(refused, Err(NotSent::Refused(None))), "{hostile:?}");
        }
    }

    #[tokio::test]
    async fn the_password_is_never_printed() {
        assert!(!format!("{:?}", smtp()).contains("hush"));
        let wrong = "ftp://office:hush@mail.example.org".into();
        let error = Smtp::new(&wrong, "tickets@example.org", Duration::ZERO).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hush"));
        let from = Smtp::new(&"smtp://localhost".into(), "nobody", Duration::ZERO).unwrap_err();
        assert!(matches!(from, Unusable::Sender(_)));
    }
}
