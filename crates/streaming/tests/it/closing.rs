//! What is given back may not be watched, whatever comes first.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_contracts::streaming::v1::LicenseState;
use boxoffice_runtime::Role;
use tonic::Code;

use crate::world::{Order, World, refusal};

on_every_store! {
    async fn what_was_not_watched_is_revoked(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        let revoked = world.revoke(&order).await.unwrap().unwrap();
        assert_eq!(revoked.state(), LicenseState::Revoked);
        assert_eq!(world.revoke(&order).await.unwrap(), Some(revoked.clone()), "again");
        world.cancel(&order).await;
        assert_eq!(world.find(&order).await, Some(revoked.clone()), "and when booking says so");
        let too_late = world.watch("alice", &revoked.license_id).await;
        assert_eq!(refusal(too_late), (Code::FailedPrecondition, "LICENSE_REVOKED".to_owned()));
        assert_eq!(world.said(&order).await, ["LicenseGranted", "LicenseRevoked"]);
    }

    /// FR-41.
    async fn what_was_watched_is_not_revoked(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        let license = world.find(&order).await.unwrap();
        let watched = world.watch("alice", &license.license_id).await.unwrap();
        let refused = refusal(world.revoke(&order).await);
        assert_eq!(refused, (Code::FailedPrecondition, "TITLE_WATCHED".to_owned()));
        assert_eq!(world.find(&order).await, Some(watched));
    }

    /// Rule 4: the revocation overtakes the confirmation.
    async fn what_was_revoked_before_it_was_granted_is_never_watched(world: World) {
        let order = Order::by("alice");
        for _ in 0..2 {
            assert_eq!(world.revoke(&order).await.unwrap(), None);
        }
        assert_eq!(world.find(&order).await, None, "a mark is no licence");
        world.confirm(&order).await;
        let license = world.find(&order).await.unwrap();
        assert_eq!(license.state(), LicenseState::Revoked);
        assert_eq!(refusal(world.watch("alice", &license.license_id).await).1, "LICENSE_REVOKED");
        assert_eq!(world.revoke(&order).await.unwrap(), Some(license));
        assert_eq!(world.said(&order).await, ["LicenseRevoked"]);
    }

    async fn every_order_of_events_has_the_same_end(world: World) {
        let order = Order::by("alice");
        let (confirmed, cancelled) = (order.confirmed(), order.cancelled());
        world.hears(&[confirmed.clone(), cancelled.clone()]).await;
        let end = world.find(&order).await.unwrap();
        assert_eq!(end.state(), LicenseState::Revoked);
        let reversed = Order { booking_id: uuid::Uuid::new_v4(), ..order.clone() };
        let (first, second) = (reversed.cancelled(), reversed.confirmed());
        world.hears(&[first.clone(), first, second.clone(), second]).await;
        let other = world.find(&reversed).await.unwrap();
        assert_eq!((other.state, other.customer_id, other.title_id), (end.state, end.customer_id, end.title_id));
        world.hears(&[cancelled, confirmed]).await;
        assert_eq!(world.said(&order).await, ["LicenseGranted", "LicenseRevoked"]);
        assert_eq!(world.said(&reversed).await, ["LicenseRevoked"]);
    }

    async fn every_way_to_close_revokes(world: World) {
        for way in ["rejected", "expired", "cancelled"] {
            let order = Order::by("alice");
            world.confirm(&order).await;
            let booking_id = order.booking_id.to_string();
            let closed = match way {
                "rejected" => order.say(&booking::BookingRejected { booking_id, ..Default::default() }),
                "expired" => order.say(&booking::BookingExpired { booking_id, ..Default::default() }),
                _ => order.cancelled(),
            };
            world.hears(&[closed]).await;
            assert_eq!(world.find(&order).await.unwrap().state(), LicenseState::Revoked, "{way}");
        }
    }

    /// Booking's last word: who has their money back has no licence.
    async fn a_closed_booking_has_none_even_if_it_was_watched(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        let license = world.find(&order).await.unwrap();
        world.watch("alice", &license.license_id).await.unwrap();
        world.cancel(&order).await;
        let license = world.find(&order).await.unwrap();
        assert_eq!(license.state(), LicenseState::Revoked);
        assert!(license.watch_time.is_some());
    }

    async fn a_closed_ticket_leaves_no_mark(world: World) {
        let order = Order::by("alice");
        let said = booking::BookingCancelled {
            booking_id: order.booking_id.to_string(),
            showing_id: uuid::Uuid::new_v4().to_string(),
            ..Default::default()
        };
        world.hears(&[order.say(&said)]).await;
        world.confirm(&order).await;
        assert_eq!(world.find(&order).await.unwrap().state(), LicenseState::Granted);
    }

    async fn only_our_own_services_revoke_and_only_whose_it_is(world: World) {
        let order = Order::by("alice");
        world.confirm(&order).await;
        for role in [Role::Customer, Role::Care, Role::Admin] {
            let request = pb::RevokeLicenseRequest {
                booking_id: order.booking_id.to_string(),
                customer_id: "alice".to_owned(),
            };
            let caller = world.caller("alice", role);
            let answer = caller.revocations().revoke_license(request).await;
            assert_eq!(refusal(answer).0, Code::PermissionDenied, "{role:?}");
        }
        let anothers = Order { customer: "mallory".to_owned(), ..order.clone() };
        assert_eq!(refusal(world.revoke(&anothers).await).0, Code::NotFound);
        assert_eq!(world.find(&order).await.unwrap().state(), LicenseState::Granted);
    }
}
