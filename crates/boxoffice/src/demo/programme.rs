//! What is on: films and stage shows that belong to everybody by now.

use std::time::Duration;

/// A title of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Title {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) minutes: u64,
    pub(super) synopsis: &'static str,
}

/// Film or stage show, with what only one of them has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Shown at the cinemas.
    Film {
        /// In won; `None`: not to be watched at home.
        home_price: Option<i64>,
    },
    /// Played at the theatres.
    Stage,
}

pub(super) const NOSFERATU: Title = Title {
    name: "Nosferatu",
    kind: Kind::Film { home_price: Some(4_500) },
    minutes: 94,
    synopsis: "A clerk travels to the Carpathians to sell a house to Count Orlok, and the count comes \
               along to see it. The first vampire film, by F. W. Murnau (1922), with live organ.",
};

pub(super) const METROPOLIS: Title = Title {
    name: "Metropolis",
    kind: Kind::Film { home_price: Some(5_900) },
    minutes: 153,
    synopsis: "Above, gardens and towers; below, the people who keep the machines going. A heart has \
               to mediate between head and hands. By Fritz Lang (1927).",
};

pub(super) const CALIGARI: Title = Title {
    name: "The Cabinet of Dr. Caligari",
    kind: Kind::Film { home_price: None },
    minutes: 77,
    synopsis: "A showman exhibits a sleepwalker who foretells the future, and at night it comes true. \
               Painted shadows and crooked streets, by Robert Wiene (1920).",
};

pub(super) const GENERAL: Title = Title {
    name: "The General",
    kind: Kind::Film { home_price: Some(3_500) },
    minutes: 79,
    synopsis: "An engine driver loves two things, and one of them is his engine. When both are stolen \
               he goes after them alone. Buster Keaton (1926), with a great many trains.",
};

pub(super) const SAFETY_LAST: Title = Title {
    name: "Safety Last!",
    kind: Kind::Film { home_price: None },
    minutes: 74,
    synopsis: "A shop assistant has told his girl that he is the manager. Now he has to climb the \
               department store, from outside. Harold Lloyd (1923), and the clock.",
};

pub(super) const MOON: Title = Title {
    name: "A Trip to the Moon, and Other Journeys",
    kind: Kind::Film { home_price: None },
    minutes: 62,
    synopsis: "Six astronomers, a cannon, and a moon that minds. An hour of Georges Méliès \
               (1902–1912), coloured by hand.",
};

pub(super) const PHANTOM: Title = Title {
    name: "The Phantom of the Opera",
    kind: Kind::Film { home_price: None },
    minutes: 107,
    synopsis: "Under the Paris opera lives somebody who teaches singing, and does not like to be \
               looked at. Lon Chaney (1925).",
};

pub(super) const HAMLET: Title = Title {
    name: "Hamlet",
    kind: Kind::Stage,
    minutes: 195,
    synopsis: "A ghost tells a prince who killed him. The prince thinks it over. William Shakespeare, \
               uncut, with one interval.",
};

pub(super) const CARMEN: Title = Title {
    name: "Carmen",
    kind: Kind::Stage,
    minutes: 170,
    synopsis: "A soldier, a bullfighter, and a woman who belongs to neither. Georges Bizet's opera in \
               four acts, with one interval.",
};

pub(super) const MAGIC_FLUTE: Title = Title {
    name: "The Magic Flute",
    kind: Kind::Stage,
    minutes: 165,
    synopsis: "A prince with a flute, a bird-catcher with bells, and a queen with a high F. Mozart's \
               last opera, for anybody from six years on.",
};

pub(super) const CHUNHYANG: Title = Title {
    name: "The Tale of Chunhyang",
    kind: Kind::Stage,
    minutes: 130,
    synopsis: "She waits, and the new magistrate will not hear of it. The old pansori as a musical: \
               one singer, one drum, and a company of twenty.",
};

pub(super) const LANTERN: Title = Title {
    name: "The Lantern Maker",
    kind: Kind::Stage,
    minutes: 90,
    synopsis: "On the night before the festival every lantern in town goes out but one. A chamber \
               musical for five voices and a cello.",
};

pub(super) const WOYZECK: Title = Title {
    name: "Woyzeck",
    kind: Kind::Stage,
    minutes: 80,
    synopsis: "A soldier eats peas for science, hears voices, and has a knife. Georg Büchner's fragment, \
               played by three, close enough to touch.",
};

/// Everything that is on.
pub(super) const ALL: [Title; 13] = [
    NOSFERATU,
    METROPOLIS,
    CALIGARI,
    GENERAL,
    SAFETY_LAST,
    MOON,
    PHANTOM,
    HAMLET,
    CARMEN,
    MAGIC_FLUTE,
    CHUNHYANG,
    LANTERN,
    WOYZECK,
];

// === impl Title ===

impl Title {
    pub(super) fn running_time(&self) -> Duration {
        Duration::from_secs(self.minutes * 60)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn programme_is_worth_a_visit() {
        let films = ALL.iter().filter(|title| matches!(title.kind, Kind::Film { .. })).count();
        let at_home = |it: &&Title| matches!(it.kind, Kind::Film { home_price: Some(_) });
        assert!(films >= 6);
        assert!(ALL.iter().filter(at_home).count() >= 3);
        assert!(ALL.len() - films >= 3);
    }

    #[test]
    fn names_are_all_different() {
        let names: BTreeSet<_> = ALL.iter().map(|title| title.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
