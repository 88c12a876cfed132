//! Whom a parcel goes to, and who carries it. Contact data: kept and shown to those it concerns, never logged.

use std::fmt;

/// How to reach a customer, as booking said when it was asked.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Name; may be empty.
    pub name: String,
    /// Phone; may be empty.
    pub phone: String,
    /// Postal address; empty: there is nowhere to send anything.
    pub address: String,
}

/// A parcel that was handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Who carries it.
    pub shipper: String,
    /// The shipper's number for it.
    pub tracking_number: String,
    /// To whom.
    pub contact: Contact,
}

// === impl Contact ===

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(***)")
    }
}

// === impl Parcel ===

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("shipper", &self.shipper)
            .field("tracking_number", &self.tracking_number)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_data_is_never_printed() {
        let contact = Contact {
            name: "Alice".to_owned(),
            phone: "010-1234".to_owned(),
            address: "1 Sejong-daero, Seoul".to_owned(),
        };
        let (shipper, tracking_number) = ("post".to_owned(), "7".to_owned());
        let parcel = Parcel { shipper, tracking_number, contact };
        let printed = format!("{parcel:?} {:#?}", parcel.contact);
        for secret in ["Alice", "010", "Sejong"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
