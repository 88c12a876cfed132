//! The audit finds what must not be.

use crate::sandbox::{Sandbox, confirmed, quantity, seats};
use boxoffice_seating::audit::{Books, HoldState};
use boxoffice_testkit::on_every_store;

on_every_store! {
    async fn sound_books_are_sound(sandbox: Sandbox) {
        let named = sandbox.rows(&["A"]).await.showing_id;
        let general = sandbox.general(10).await.showing_id;
        let request = seats(&named, &["A-1", "A-2"]);
        sandbox.hold(request.clone()).await.unwrap();
        sandbox.hold(quantity(&general, 3)).await.unwrap();
        sandbox.say(&[confirmed(&request)]).await;
        sandbox.heard().await;

        let books = sandbox.audit().await;
        assert_eq!((books.showings.len(), books.holds.len(), books.seats.len()), (2, 2, 2));
        let sold = books.holds.iter().find(|it| it.state == HoldState::Sold).unwrap();
        assert_eq!(sold.booking_id.to_string(), request.booking_id);
        assert_eq!((sold.seats.clone(), sold.quantity), (request.seats, 2));
        assert_eq!(sold.amount.unwrap().to_string(), "100000 KRW");
        assert!(books.seats.iter().all(|it| it.sold && it.booking_id == sold.booking_id));
    }

    async fn every_contradiction_is_found(sandbox: Sandbox) {
        for (tampering, problem) in [
            ("UPDATE showings SET held = held + 1", "counts 3 held and 0 sold, its holds 2 and 0"),
            ("UPDATE showings SET held = 0, sold = 2", "counts 0 held and 2 sold"),
            ("UPDATE holds SET state = 'released'", "counts 2 held and 0 sold, its holds 0 and 0"),
            ("UPDATE seats SET state = 'sold' WHERE seat = 'A-1'", "seat A-1 is not of a hold"),
            ("DELETE FROM seats WHERE seat = 'A-2'", "seat A-2 of booking"),
            ("DELETE FROM showings", "has holds and does not exist"),
        ] {
            let showing_id = sandbox.rows(&["A"]).await.showing_id;
            sandbox.hold(seats(&showing_id, &["A-1", "A-2"])).await.unwrap();
            sandbox.execute(tampering).await;
            let findings = Books::read(&sandbox.db.read).await.unwrap().findings();
            assert!(
                findings.iter().any(|it| it.problem.contains(problem)),
                "{tampering}: {findings:?}"
            );
            assert!(findings.iter().all(|it| it.showing_id.to_string() == showing_id));
            for table in ["seats", "holds", "showings"] {
                sandbox.execute(&format!("DELETE FROM {table}")).await;
            }
        }
    }

    async fn the_store_itself_refuses_a_seat_too_many(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        sandbox.hold(quantity(&showing_id, 10)).await.unwrap();
        let oversell = sea_orm::ConnectionTrait::execute_unprepared(
            &sandbox.db.write,
            "UPDATE showings SET sold = 1",
        );
        assert!(oversell.await.is_err(), "{}", sandbox.name);
    }
}
