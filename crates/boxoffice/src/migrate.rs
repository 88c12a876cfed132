//! `boxoffice migrate`: the tables of this version, in every database.

use boxoffice_kernel::Context;

use crate::args::Stores;
use crate::stores;

pub(crate) async fn run(args: &Stores) -> anyhow::Result<()> {
    for context in Context::ALL {
        let db = stores::open(args, context).await?;
        stores::migrate(&db, context).await?;
        println!("{context}: up to date");
    }
    Ok(())
}
