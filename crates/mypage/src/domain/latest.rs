//! What was said last about something, whichever order it is heard in.

/// The value with the highest sequence heard so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest<T> {
    /// Of the event that said it; 0: assumed until somebody says it.
    pub sequence: u64,
    /// What it said; `None`: nothing was heard.
    pub value: Option<T>,
}

// === impl Latest ===

impl<T> Latest<T> {
    /// Takes in `value`, unless something newer is known.
    pub fn hear(&mut self, sequence: u64, value: T) {
        if self.value.is_none() || sequence > self.sequence {
            *self = Self { sequence, value: Some(value) };
        }
    }

    /// Takes in what holds as long as nobody says otherwise.
    pub fn assume(&mut self, value: T) {
        self.hear(0, value);
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { sequence: 0, value: None }
    }
}
