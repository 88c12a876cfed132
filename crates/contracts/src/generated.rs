//! What the build script wrote, in modules named like the packages of `proto/`.

/// Everything of one package that has services for the public.
macro_rules! package {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
        include!(concat!(env!("OUT_DIR"), "/", $name, ".serde.rs"));
        include!(concat!(env!("OUT_DIR"), "/rest/", $name, "/", $name, ".rest.rs"));
        include!(concat!(env!("OUT_DIR"), "/", $name, ".bridge.rs"));
    };
}

/// Our own packages.
#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    missing_docs,
    rustdoc::all,
    unreachable_pub,
    reason = "generated"
)]
pub mod boxoffice {
    /// Who may call what.
    pub mod access {
        /// Its first version.
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/boxoffice.access.v1.rs"));
            include!(concat!(env!("OUT_DIR"), "/boxoffice.access.v1.serde.rs"));
        }
    }
    /// Titles.
    pub mod catalog {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.catalog.v1");
        }
    }
    /// Showings and seats.
    pub mod seating {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.seating.v1");
        }
    }
    /// Bookings.
    pub mod booking {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.booking.v1");
        }
    }
    /// Payments.
    pub mod payment {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.payment.v1");
        }
    }
    /// Deliveries and tickets.
    pub mod delivery {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.delivery.v1");
        }
    }
    /// Licences to watch.
    pub mod streaming {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.streaming.v1");
        }
    }
    /// Reviews and ratings.
    pub mod review {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.review.v1");
        }
    }
    /// Notices.
    pub mod notification {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.notification.v1");
        }
    }
    /// What became of each booking.
    pub mod mypage {
        /// Its first version.
        pub mod v1 {
            package!("boxoffice.mypage.v1");
        }
    }
}

/// Google's common types.
#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    missing_docs,
    rustdoc::all,
    unreachable_pub,
    reason = "generated"
)]
pub mod google {
    /// Money and dates.
    pub mod r#type {
        include!(concat!(env!("OUT_DIR"), "/google.r#type.rs"));
        include!(concat!(env!("OUT_DIR"), "/google.r#type.serde.rs"));
    }
}

#[allow(clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
mod rules {
    use super::boxoffice;

    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
}
