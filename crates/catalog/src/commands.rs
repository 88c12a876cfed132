//! What can be asked of catalog: one file a command, each a struct and its decision.

mod rate_title;
mod register_title;
mod remove_title;
mod update_title;

pub use self::rate_title::RateTitle;
pub use self::register_title::RegisterTitle;
pub use self::remove_title::RemoveTitle;
pub use self::update_title::UpdateTitle;

use boxoffice_kernel::TitleId;

use crate::Error;
use crate::domain::Title;
use crate::store::Unit;

/// A change somebody asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put a title on the programme.
    Register(RegisterTitle),
    /// Change its details.
    Update(UpdateTitle),
    /// Take it off the programme.
    Remove(RemoveTitle),
    /// Keep what its reviews come to.
    Rate(RateTitle),
}

// === impl Command ===

impl Command {
    /// The title it touches.
    pub fn title_id(&self) -> TitleId {
        match self {
            Self::Register(command) => command.title_id,
            Self::Update(command) => command.title_id,
            Self::Remove(command) => command.title_id,
            Self::Rate(command) => command.title_id,
        }
    }

    /// Answers with the title as it is after the command; `None`: there was nothing to do.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Result<Option<Title>, Error> {
        match self {
            Self::Register(command) => command.decide(unit).map(Some),
            Self::Update(command) => command.decide(unit).map(Some),
            Self::Remove(command) => command.decide(unit).map(Some),
            Self::Rate(command) => Ok(command.decide(unit)),
        }
    }
}
