//! The one list of contexts: what each is made of. Everything else in this crate goes by it.

use std::sync::OnceLock;

use boxoffice_kernel::Context;
use boxoffice_runtime::{Deps, Privacy, Server, Whenever};
use sea_orm_migration::MigrationTrait;

use crate::args::Serve;
use crate::serve::plug;

/// A context that this binary can serve.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name.
    pub context: Context,
    /// What it does when others speak.
    pub whenever: &'static [Whenever],
    /// Its tables, those of its outbox and inbox among them.
    pub migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
    /// What it does when a person asks for their data.
    pub privacy: Privacy,
    /// Adds it to a server, with its part of the settings.
    pub plug: fn(&Serve, &Deps, &mut Server) -> anyhow::Result<()>,
}

/// Not the name of a context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a context; expected one of {}", names())]
pub(crate) struct Unknown {
    name: String,
}

/// Those of this repository, in the order they start.
const OURS: [Member; 9] = [
    Member {
        context: Context::CATALOG,
        whenever: boxoffice_catalog::WHENEVER,
        migrations: boxoffice_catalog::migrations,
        privacy: Privacy::NOBODY,
        plug: plug::catalog,
    },
    Member {
        context: Context::SEATING,
        whenever: boxoffice_seating::WHENEVER,
        migrations: boxoffice_seating::migrations,
        privacy: Privacy::NOBODY,
        plug: plug::seating,
    },
    Member {
        context: Context::BOOKING,
        whenever: boxoffice_booking::WHENEVER,
        migrations: boxoffice_booking::migrations,
        privacy: boxoffice_booking::privacy::PRIVACY,
        plug: plug::booking,
    },
    Member {
        context: Context::PAYMENT,
        whenever: boxoffice_payment::WHENEVER,
        migrations: boxoffice_payment::migrations,
        privacy: boxoffice_payment::privacy::PRIVACY,
        plug: plug::payment,
    },
    Member {
        context: Context::DELIVERY,
        whenever: boxoffice_delivery::WHENEVER,
        migrations: boxoffice_delivery::migrations,
        privacy: boxoffice_delivery::privacy::PRIVACY,
        plug: plug::delivery,
    },
    Member {
        context: Context::STREAMING,
        whenever: boxoffice_streaming::WHENEVER,
        migrations: boxoffice_streaming::migrations,
        privacy: boxoffice_streaming::privacy::PRIVACY,
        plug: plug::streaming,
    },
    Member {
        context: Context::REVIEW,
        whenever: &[],
        migrations: boxoffice_review::migrations,
        privacy: boxoffice_review::privacy::PRIVACY,
        plug: plug::review,
    },
    Member {
        context: Context::NOTIFICATION,
        whenever: boxoffice_notification::WHENEVER,
        migrations: boxoffice_notification::migrations,
        privacy: boxoffice_notification::privacy::PRIVACY,
        plug: plug::notification,
    },
    Member {
        context: Context::MYPAGE,
        whenever: boxoffice_mypage::WHENEVER,
        migrations: boxoffice_mypage::migrations,
        privacy: boxoffice_mypage::privacy::PRIVACY,
        plug: plug::mypage,
    },
];

/// Ours, and those that joined. Set before anything reads it; in tests nobody joins.
static ALL: OnceLock<Vec<Member>> = OnceLock::new();

/// Lets others join ours, once, before anything else is asked.
pub(crate) fn join(others: &[Member]) -> anyhow::Result<()> {
    let all = [&OURS, others].concat();
    for (at, member) in all.iter().enumerate() {
        let same = all[..at].iter().any(|it| it.context == member.context);
        anyhow::ensure!(!same, "two contexts are called {}", member.context);
    }
    anyhow::ensure!(ALL.set(all).is_ok(), "contexts join once");
    Ok(())
}

/// Their names, in the order they start.
pub(crate) fn all() -> impl Iterator<Item = Context> {
    members().iter().map(|member| member.context)
}

/// Those that are named, or all of them.
pub(crate) fn chosen(named: &[Context]) -> Vec<Context> {
    if named.is_empty() { all().collect() } else { named.to_vec() }
}

/// What this context is made of.
pub(crate) fn member(context: Context) -> Result<&'static Member, Unknown> {
    let member = members().iter().find(|member| member.context == context);
    member.ok_or_else(|| Unknown { name: context.to_string() })
}

/// The context of this name.
pub(crate) fn parse(name: &str) -> Result<Context, Unknown> {
    all().find(|it| it.as_str() == name).ok_or_else(|| Unknown { name: name.to_owned() })
}

fn members() -> &'static [Member] {
    ALL.get_or_init(|| OURS.to_vec())
}

fn names() -> String {
    all().map(Context::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_joins_under_the_name_of_another() {
        let error = join(&[Member { whenever: &[], ..OURS[0] }]).unwrap_err();
        assert_eq!(error.to_string(), "two contexts are called catalog");
    }

    #[test]
    fn who_is_not_there_is_told_who_is() {
        let error = parse("kitchen").unwrap_err().to_string();
        let expected = "`kitchen` is not a context; expected one of catalog, seating, booking";
        assert!(error.starts_with(expected), "{error}");
    }
}
