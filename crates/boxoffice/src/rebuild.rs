//! `boxoffice rebuild`: makes a read model again from the streams.

use boxoffice_kernel::Context;
use boxoffice_mypage::rebuild::{self, Read};

use crate::args::{ReadModel, Rebuild};
use crate::stores;

pub(crate) async fn run(args: &Rebuild) -> anyhow::Result<()> {
    match args.read_model {
        ReadModel::Mypage => mypage(args).await,
    }
}

async fn mypage(args: &Rebuild) -> anyhow::Result<()> {
    let db = stores::open(&args.stores, Context::MYPAGE).await?;
    stores::migrate(&db, Context::MYPAGE).await?;
    let broker = stores::broker(&args.stores).await?;
    rebuild::empty(&db).await?;
    println!("mypage: emptied");
    rebuild::read_all(&db, &broker, report).await?;
    let bookings = boxoffice_mypage::audit::count(&db.read).await?;
    println!("mypage: built again, {bookings} bookings");
    Ok(())
}

fn report(read: Read) {
    let Read { source, events, unreadable } = read;
    match unreadable {
        0 => println!("{source}: {events} events"),
        _ => println!("{source}: {events} events, {unreadable} of them cannot be read"),
    }
}
