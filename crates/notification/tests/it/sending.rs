//! How notices get out when somebody is in the way.

use std::time::Duration;

use boxoffice_contracts::notification::v1::NoticeState;
use boxoffice_kernel::Context;
use uuid::Uuid;

use crate::others::Mood;
use crate::telling::expired;
use crate::world::{World, eventually};

/// Alice's booking has expired; booking knows where to write to.
async fn something_to_tell(world: &World) {
    let id = Uuid::new_v4();
    world.booking.knows(id, "alice@example.org", "ko");
    world.says(Context::BOOKING, id, &expired(id, "alice")).await;
}

on_every_store! {
    async fn a_notice_can_be_read_while_booking_is_away(world: World) {
        let process = world.start().await;
        world.booking.down(true);
        something_to_tell(&world).await;
        let notice = world.until(&process, "alice", NoticeState::Sending).await;
        assert_eq!((&*notice.language, &*notice.subject), ("en", "Your booking has expired"));
        assert_eq!((world.post.calls(), world.said().await.len()), (0, 0));
        world.booking.down(false);
        let notice = world.until(&process, "alice", NoticeState::Sent).await;
        assert_eq!(notice.language, "ko");
    }

    async fn a_final_no_is_taken_for_one(world: World) {
        let process = world.start().await;
        world.post.turns(Mood::Refuses);
        something_to_tell(&world).await;
        let notice = world.until(&process, "alice", NoticeState::Undeliverable).await;
        assert_eq!(notice.language, "ko");
        world.post.turns(Mood::Takes);
        tokio::time::sleep(Duration::from_millis(800)).await;
        assert_eq!((world.post.calls(), world.said().await.len()), (1, 0));
    }

    async fn a_no_for_now_is_tried_again(world: World) {
        let process = world.start().await;
        world.post.turns(Mood::PutsOff);
        something_to_tell(&world).await;
        eventually("tried again", async || world.post.calls() >= 2).await;
        let notice = world.until(&process, "alice", NoticeState::Sending).await;
        assert_eq!(notice.language, "ko", "it is known by now what she reads");
        world.post.turns(Mood::Takes);
        world.until(&process, "alice", NoticeState::Sent).await;
        assert_eq!((world.post.letters().len(), world.said().await.len()), (1, 1));
    }

    /// Each notice is tried at its pace, and all of them only one by one.
    async fn nobody_is_forgotten_while_the_post_is_away(world: World) {
        let process = world.start().await;
        world.post.turns(Mood::Away);
        for _ in 0..40 {
            something_to_tell(&world).await;
        }
        world.heard().await;
        eventually("tried", async || world.post.calls() >= 20).await;
        let states = world.notices(&process, "alice").await;
        assert!(states.iter().all(|it| it.state() == NoticeState::Sending));
        world.post.turns(Mood::Takes);
        eventually("all sent", async || {
            world.notices(&process, "alice").await.iter().all(|it| it.state() == NoticeState::Sent)
        })
        .await;
        assert_eq!((world.post.letters().len(), world.said().await.len()), (40, 40));
    }

    /// At least once: what the post took without saying so comes again, recognisable as the same.
    async fn an_answer_that_got_lost_brings_the_same_notice_again(world: World) {
        let process = world.start().await;
        world.post.turns(Mood::Silent);
        something_to_tell(&world).await;
        eventually("taken", async || world.post.letters().len() == 1).await;
        process.crash();
        world.post.turns(Mood::Takes);
        let process = world.start().await;
        let notice = world.until(&process, "alice", NoticeState::Sent).await;
        let letters = world.post.letters();
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|it| it.notice_id.to_string() == notice.notice_id));
        assert_eq!(world.said().await.len(), 1);
    }
}
