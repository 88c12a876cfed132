//! Which scenarios of the acceptance suite run through the ingress.

use anyhow::{Result, ensure};

/// The scenarios of the source systems, S0 to S4, as a fleet plays them.
const SYSTEMS: [&str; 5] = ["s0_", "s1_", "s2_", "s3_", "s4_"];
const FLEET: &str = "::fleet";

/// Settings of its own need a release of its own, which takes longer than all scenarios together.
const SETTINGS: &str = "it changes settings of the platform";
/// The mesh's own proofs do that, by `VirtualService`s.
const LINES: &str = "it delays a line between two processes, where here is a mesh";
/// It calls what no customer may.
const INTERNAL: &str = "it calls an internal service, which the ingress does not show";
/// Processes here are pods.
const PROCESS: &str = "it handles one process, or a server beside it, by itself";

/// Those that do not, each with the reason.
const LEFT_OUT: [(&str, &str); 15] = [
    ("an_order_that_is_not_paid_is_never_licensed", SETTINGS),
    ("what_is_not_settled_in_time_is_on_sale_again", SETTINGS),
    ("my_page_lists_my_bookings_and_nobody_elses", SETTINGS),
    ("while_booking_hangs_reviews_are_pending_and_then_settle", LINES),
    ("payment_is_slow_and_nobody_waits_longer_than_the_deadline", LINES),
    ("while_seating_hangs_json_is_refused_with_retry_after", LINES),
    ("while_seating_hangs_bookings_are_refused_in_milliseconds", LINES),
    ("an_overloaded_booking_refuses_quickly", LINES),
    ("while_mariadb_is_away_tickets_are_sold_and_my_page_catches_up", LINES),
    ("only_our_own_services_learn_how_to_reach_a_customer", INTERNAL),
    ("who_has_a_ticket_was_there_when_the_showing_has_ended", INTERNAL),
    ("who_watched_at_home_was_there", INTERNAL),
    ("cancelling_survives_a_death_at_every_step", PROCESS),
    ("cancelled_at_once_it_is_never_watched", PROCESS),
    ("my_page_is_kept_in_mariadb_and_the_core_in_postgresql", PROCESS),
];

/// Of all tests of the suite, those to run here.
///
/// # Errors
/// One that is left out is not there any more.
pub(super) fn through_the_ingress(all: &[String]) -> Result<Vec<String>> {
    let is_ours = |name: &&String| {
        SYSTEMS.iter().any(|system| name.starts_with(system)) && name.ends_with(FLEET)
    };
    let mut ours: Vec<_> = all.iter().filter(is_ours).cloned().collect();
    println!("{} scenarios of the source systems, without:", ours.len());
    for (scenario, why) in LEFT_OUT {
        let before = ours.len();
        ours.retain(|name| !name.ends_with(&format!("::{scenario}{FLEET}")));
        ensure!(ours.len() < before, "{scenario} is left out, but not there");
        println!("  {scenario}: {why}");
    }
    Ok(ours)
}
