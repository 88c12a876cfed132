//! `boxoffice privacy`: a person's data in every context, given or taken away.

mod erase;
mod export;
mod said;

use anyhow::Context as _;
use boxoffice_kernel::{Context, CustomerId, steps};
use boxoffice_runtime::Database;
use boxoffice_runtime::privacy::Known;

use crate::args::{Privacy, PrivacyCommand, Stores};
use crate::contexts::Member;
use crate::{contexts, stores};

pub(crate) async fn run(args: &Privacy) -> anyhow::Result<()> {
    match &args.command {
        PrivacyCommand::Export { person, to } => {
            export::run(&args.stores, &person.sub, to.as_deref()).await
        }
        PrivacyCommand::Erase { person, yes, abort_at } => {
            if let Some(point) = abort_at.clone() {
                steps::abort_at(point);
            }
            Box::pin(erase::run(&args.stores, &person.sub, *yes)).await
        }
    }
}

/// Everybody who may know somebody.
struct Everybody(Vec<(&'static Member, Database)>);

// === impl Everybody ===

impl Everybody {
    async fn open(args: &Stores) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for context in contexts::all() {
            all.push((contexts::member(context)?, stores::open(args, context).await?));
        }
        Ok(Self(all))
    }

    /// What each of them knows, if it knows anything.
    async fn know(&self, who: &CustomerId) -> anyhow::Result<Vec<(Context, Known)>> {
        let mut all = Vec::new();
        for (member, db) in &self.0 {
            let known = (member.privacy.export)(&db.read, who).await;
            let known = known.with_context(|| {
                format!("the database of {} does not say; was it migrated?", member.context)
            })?;
            if !known.tables.is_empty() {
                all.push((member.context, known));
            }
        }
        Ok(all)
    }
}
