//! What callers are told when they are refused.

use std::fmt::Debug;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A refusal, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The gRPC code.
    pub code: Code,
    /// `ErrorInfo.reason`.
    pub reason: String,
    /// The fields at fault, by their proto paths.
    pub fields: Vec<String>,
    /// When to come back.
    pub retry: Option<Duration>,
    /// What a person reads.
    pub message: String,
}

/// An answer that has to be a refusal.
pub trait Refused {
    /// Takes it apart.
    ///
    /// # Panics
    /// It is none, or one without a reason of ours.
    fn refused(self) -> Refusal;
}

// === impl Refusal ===

impl Refusal {
    /// Checks code and reason.
    ///
    /// # Panics
    /// They differ.
    #[track_caller]
    pub fn with(self, code: Code, reason: &str) -> Self {
        assert_eq!((self.code, &*self.reason), (code, reason), "{self:?}");
        self
    }

    /// Checks that this field is at fault.
    ///
    /// # Panics
    /// It is not.
    #[track_caller]
    pub fn of(self, field: &str) {
        assert!(self.fields.iter().any(|it| it == field), "not of {field}: {self:?}");
    }
}

impl<T: Debug> Refused for Result<T, Status> {
    #[track_caller]
    fn refused(self) -> Refusal {
        let status = match self {
            Ok(answer) => panic!("not refused: {answer:?}"),
            Err(status) => status,
        };
        let info = status.get_details_error_info();
        let info = info.unwrap_or_else(|| panic!("a refusal without a reason: {status:?}"));
        assert_eq!(info.domain, "boxoffice");
        let violations = status.get_details_bad_request();
        let violations = violations.map(|it| it.field_violations).unwrap_or_default();
        Refusal {
            code: status.code(),
            reason: info.reason,
            fields: violations.into_iter().map(|it| it.field).collect(),
            retry: status.get_details_retry_info().and_then(|it| it.retry_delay),
            message: status.message().to_owned(),
        }
    }
}

/// The reason in a refusal, if it has one.
#[must_use]
pub fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}
