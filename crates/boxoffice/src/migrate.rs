//! `boxoffice migrate`: the tables of this version, in every database.

use crate::args::Stores;
use crate::{contexts, stores};

pub(crate) async fn run(args: &Stores) -> anyhow::Result<()> {
    for context in contexts::all() {
        let db = stores::open(args, context).await?;
        stores::migrate(&db, context).await?;
        println!("{context}: up to date");
    }
    Ok(())
}
