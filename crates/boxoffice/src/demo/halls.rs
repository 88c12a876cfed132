//! Where it is on: two halls whose seats have names, and two places where people just come in.

/// A hall of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hall {
    /// Its name in the contracts.
    pub(super) id: &'static str,
    /// As printed on a ticket.
    pub(super) name: &'static str,
    /// Front to back.
    pub(super) rows: Vec<Row>,
}

/// A row of a hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: char,
    pub(super) seats: i32,
    pub(super) grade: &'static str,
    /// Behind a pillar, or where one stands.
    pub(super) blocked: Vec<i32>,
    /// Reached without a step.
    pub(super) accessible: Vec<i32>,
    /// In degrees of an arc.
    pub(super) curve: i32,
}

/// The theatre's grades, from the front to the back.
pub(super) const GRADES: [&str; 4] = ["VIP", "R", "S", "A"];
/// The cinema's grades.
pub(super) const STANDARD: &str = "STANDARD";
/// The best rows of the cinema.
pub(super) const PREMIUM: &str = "PREMIUM";

pub(super) const THEATRE: &str = "lantern-square-theatre";
pub(super) const CINEMA: &str = "paper-moon-cinema";
pub(super) const THEATRE_NAME: &str = "Lantern Square Theatre, Great Hall";
pub(super) const CINEMA_NAME: &str = "Paper Moon Cinema, Screen 1";
pub(super) const RIVERSIDE: &str = "Riverside Open-Air Cinema";
pub(super) const CELLAR: &str = "The Cellar Stage";

/// 26 rows around the stage, 28 seats in the first and 46 from the nineteenth on, seen from above a
/// slice of a ring: the nearer a row, the more it bends. Two pillars carry the balcony over rows
/// N and O; wheelchairs come in at the ends of row H and at the back.
pub(super) fn theatre() -> Hall {
    let rows = ('A'..='Z').zip(0..).map(|(label, number)| {
        let seats = 28 + number.min(18);
        let blocked = match label {
            'N' | 'O' => vec![9, 10, seats - 9, seats - 8],
            _ => Vec::new(),
        };
        let accessible = match label {
            'H' => vec![1, 2, seats - 1, seats],
            'Z' => vec![1, 2, 3, 4, seats - 3, seats - 2, seats - 1, seats],
            _ => Vec::new(),
        };
        let grade = match number {
            0..6 => GRADES[0],
            6..13 => GRADES[1],
            13..20 => GRADES[2],
            _ => GRADES[3],
        };
        Row { label, seats, grade, blocked, accessible, curve: 70 - 2 * number }
    });
    Hall { id: THEATRE, name: THEATRE_NAME, rows: rows.collect() }
}

/// 12 rows of 15, bent a little towards the screen; the door is beside row A, the projector's
/// window above the middle of row L.
pub(super) fn cinema() -> Hall {
    let rows = ('A'..='L').map(|label| Row {
        label,
        seats: 15,
        grade: if ('G'..='I').contains(&label) { PREMIUM } else { STANDARD },
        blocked: if label == 'L' { vec![8] } else { Vec::new() },
        accessible: if label == 'A' { vec![1, 2, 3, 13, 14, 15] } else { Vec::new() },
        curve: 12,
    });
    Hall { id: CINEMA, name: CINEMA_NAME, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn on_sale(hall: &Hall) -> i32 {
        hall.rows.iter().map(|row| row.seats - row.blocked.len() as i32).sum()
    }

    #[test]
    fn theatre_has_more_than_800_seats_in_four_grades_on_curved_rows() {
        let hall = theatre();
        assert!(on_sale(&hall) >= 800, "{}", on_sale(&hall));
        let grades: BTreeSet<_> = hall.rows.iter().map(|row| row.grade).collect();
        assert_eq!(grades, BTreeSet::from(GRADES));
        assert!(hall.rows.iter().all(|row| (1..=180).contains(&row.curve)));
        assert!(hall.rows.iter().any(|row| !row.blocked.is_empty()));
        assert!(hall.rows.iter().any(|row| !row.accessible.is_empty()));
    }

    #[test]
    fn cinema_has_about_180_seats() {
        assert_eq!(on_sale(&cinema()), 179);
    }

    #[test]
    fn seats_that_are_named_exist() {
        for hall in [theatre(), cinema()] {
            for row in &hall.rows {
                let mut named = row.blocked.iter().chain(&row.accessible);
                assert!(named.all(|seat| (1..=row.seats).contains(seat)), "{row:?}");
            }
        }
    }
}
