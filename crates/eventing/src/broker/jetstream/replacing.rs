//! A stream only grows, and forgets: what is replaced is stored anew at its end, then erased where it was.

use async_nats::jetstream::message::PublishMessage;
use boxoffice_kernel::Context;

use super::{JetStream, headers};
use crate::broker::Error;
use crate::message::Message;

/// All of them are stored before the first of the old ones goes: whoever ends in between does it again, and an event that is there
/// twice takes effect once.
pub(super) async fn replace(
    broker: &JetStream,
    source: Context,
    events: &[(u64, Message)],
) -> Result<(), Error> {
    let stream = broker.stream(source).await?;
    for (_, message) in events {
        // Without an id for the server: within two minutes it would take it for a copy.
        let publish = PublishMessage::build().payload(message.payload.clone());
        let publish = publish.headers(headers(message));
        let ack = broker.context.send_publish(message.name.clone(), publish).await;
        let ack = ack.map_err(Error::failed("take an event"))?;
        ack.await.map_err(Error::failed("take an event"))?;
    }
    for (sequence, _) in events {
        // The server overwrites it, unless told otherwise.
        let erased = stream.delete_message(*sequence).await;
        erased.map_err(Error::failed("erase an event"))?;
    }
    Ok(())
}
