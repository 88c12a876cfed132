//! What can be asked of catalog: one file a command, each a struct and its decision.

mod register_title;
mod remove_title;
mod update_title;

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
}

// === impl Command ===

impl Command {
    /// The title it touches.
    pub fn title_id(&self) -> TitleId {
        match self {
            Self::Register(command) => command.title_id,
            Self::Update(command) => command.title_id,
            Self::Remove(command) => command.title_id,
        }
    }

    /// Answers with the title as it is after the command.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Result<Title, Error> {
        match self {
            Self::Register(command) => command.decide(unit),
            Self::Update(command) => command.decide(unit),
            Self::Remove(command) => command.decide(unit),
        }
    }
}
