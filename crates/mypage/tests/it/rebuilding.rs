//! Built again from the streams, my page is what it was.

use std::sync::Mutex;

use boxoffice_kernel::Context;
use boxoffice_mypage::rebuild::{self, Read};

use crate::said::{Of, Said};
use crate::world::{Kind, World};

on_every_store! {
    async fn what_is_built_again_equals_what_was_there(world: World) {
        world.says(Said::recorded()).await;
        world.says(Said::recorded()).await;
        let before = world.everything().await;
        assert_eq!(before.len(), 8);

        rebuild::empty(&world.db).await.unwrap();
        assert_eq!(world.everything().await.len(), 0);
        let read = Mutex::new(Vec::new());
        rebuild::read_all(&world.db, &world.broker, |it| read.lock().unwrap().push(it)).await.unwrap();
        assert_eq!(world.everything().await, before);
        let read = read.into_inner().unwrap();
        let catalog = Read { source: Context::CATALOG, events: 4, unreadable: 0 };
        assert_eq!((read.len(), read[0]), (6, catalog));
    }

    async fn it_is_built_again_while_events_go_on_coming(world: World) {
        let mut said = Said::new();
        let bookings: Vec<_> = (0..40).map(|_| Of::new("alice")).collect();
        let (mut early, mut late) = (vec![said.scheduled()], Vec::new());
        for (n, of) in (2..).step_by(2).zip(&bookings) {
            early.push(said.placed(*of, &["A-1"]));
            early.push(said.held(*of, &["A-1"], n));
            late.push(said.confirmed(*of, &["A-1"], 4));
            late.push(said.sold(*of, &["A-1"], n + 1));
        }
        world.says(early).await;
        let rebuilding = async {
            rebuild::empty(&world.db).await.unwrap();
            rebuild::read_all(&world.db, &world.broker, |_| {}).await.unwrap();
        };
        tokio::join!(rebuilding, world.publish(late));
        world.heard().await;

        let rebuilt = world.everything().await;
        assert_eq!(rebuilt.len(), bookings.len());
        for (view, steps) in rebuilt.values() {
            assert_eq!((view.booking_status, view.venue.as_str(), steps.len()), (3, "Hall 1", 4));
        }
        // As it would be without anybody disturbing it.
        rebuild::empty(&world.db).await.unwrap();
        rebuild::read_all(&world.db, &world.broker, |_| {}).await.unwrap();
        assert_eq!(world.everything().await, rebuilt);
    }
}
