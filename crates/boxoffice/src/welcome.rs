//! What a newcomer sees: where it listens, who they are, and how to buy a ticket.

use std::net::SocketAddr;
use std::time::Duration;

use boxoffice_runtime::Role;
use uuid::Uuid;

use crate::args::DevKey;
use crate::demo::Offer;
use crate::token;

/// How long the printed tokens are good for.
const TTL: Duration = Duration::from_secs(12 * 60 * 60);

/// Prints it, with lines to paste as they are.
pub(crate) fn print(
    address: SocketAddr,
    key: &DevKey,
    offer: Option<&Offer>,
) -> anyhow::Result<()> {
    let customer = token::mint(key, "alice", vec![Role::Customer], TTL)?;
    println!();
    println!("Boxoffice is open at http://{address}");
    println!("  try it:   http://{address}/docs");
    println!("  programme: curl -s 'http://{address}/v1/titles'");
    println!("  alice's token (a customer, 12 h):");
    println!("{customer}");
    if let Some(offer) = offer {
        println!("  on offer: {} at {}, {}", offer.title, offer.venue, offer.start.to_rfc3339());
        println!();
        println!("buy by curl: {}", by_curl(address, &customer, offer));
        println!();
        println!("buy by grpcurl: {}", by_grpcurl(address, &customer, offer));
        println!();
        println!(
            "watch the seats: curl -sN -H 'accept: text/event-stream' 'http://{address}/v1/showings/{}/seats:watch'",
            offer.showing_id
        );
    }
    println!();
    Ok(())
}

fn by_curl(address: SocketAddr, token: &str, offer: &Offer) -> String {
    format!(
        "curl -sS -X POST 'http://{address}/v1/bookings' -H 'authorization: Bearer {token}' \
         -H 'content-type: application/json' -d '{}'",
        purchase(offer, 0)
    )
}

fn by_grpcurl(address: SocketAddr, token: &str, offer: &Offer) -> String {
    format!(
        "grpcurl -plaintext -H 'authorization: Bearer {token}' -d '{}' {address} \
         boxoffice.booking.v1.BookingService/PlaceBooking",
        purchase(offer, 1)
    )
}

fn purchase(offer: &Offer, seat: usize) -> serde_json::Value {
    serde_json::json!({
        "requestId": Uuid::new_v4(),
        "showing": { "showingId": offer.showing_id, "seats": [offer.seats[seat]] },
        "paymentMethod": "pm_card_visa",
    })
}
