//! `boxoffice migrate`: the tables of this version, in every database or in those of --context.

use crate::args::Migrate;
use crate::{contexts, stores};

pub(crate) async fn run(args: &Migrate) -> anyhow::Result<()> {
    for context in contexts::chosen(&args.contexts) {
        let db = stores::open(&args.stores, context).await?;
        stores::migrate(&db, context).await?;
        println!("{context}: up to date");
    }
    Ok(())
}
