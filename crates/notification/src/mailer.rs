//! The way out to customers: a system we don't own, seen through what notification needs of it.

pub mod log;
pub mod smtp;

use std::fmt;

use async_trait::async_trait;
use boxoffice_kernel::{NoticeId, Time};

use crate::domain::{EmailAddress, Language};

/// Sends letters.
///
/// Whoever implements it promises that a call that is given up half-way harms no later one. A
/// letter may be sent twice (after a crash, or when an answer got lost): the same notice then has
/// the same message id, by which the other side can tell.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync + 'static {
    /// Hands a letter to whoever delivers it.
    async fn send(&self, letter: &Letter) -> Result<(), NotSent>;
}

/// A letter to one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The notice it brings.
    pub notice_id: NoticeId,
    /// Where it goes.
    pub to: EmailAddress,
    /// In which language.
    pub language: Language,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// When it was written.
    pub date: Time,
}

/// Why a letter was not sent. Never holds what a mail server answered: that repeats addresses.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It never will be: the address is none, or the server's no is final.
    #[error("the letter was refused for good{}", Code(.0))]
    Refused(Option<u16>),
    /// The server will not take this letter now (a full or a grey-listed mailbox).
    #[error("the letter was refused for now{}", Code(.0))]
    Postponed(Option<u16>),
    /// No letter can be sent at the moment: no server, or none that lets us in.
    #[error("the mail server cannot be used{}", Code(.0))]
    Unavailable(Option<u16>, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

/// An SMTP reply code, for a message.
struct Code<'a>(&'a Option<u16>);

// === impl Code ===

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, ", reply {code}"),
            None => Ok(()),
        }
    }
}
