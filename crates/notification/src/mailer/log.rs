//! Sends nothing: a line in the log for each letter. What runs where no mail server is set up.

use async_trait::async_trait;
use tracing::info;

use super::{Letter, Mailer, NotSent};

/// Logs that there would have been a letter; not to whom, and not its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

// === impl Log ===

#[async_trait]
impl Mailer for Log {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let language = letter.language.tag();
        info!(notice.id = %letter.notice_id, language, "no mail server is set up, nothing mailed");
        Ok(())
    }
}
