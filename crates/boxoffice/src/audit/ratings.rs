//! Invariant 5, ratings: each is what its published reviews come to, in review and as catalog shows it.

use std::collections::BTreeMap;

use boxoffice_catalog::domain::Rating;
use boxoffice_kernel::TitleId;
use boxoffice_review::audit::Ratings;
use boxoffice_runtime::Database;

use super::Findings;

/// Reads both, catalog first: it cannot then know more than review.
pub(super) async fn compare(
    catalog: &Database,
    review: &Database,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let shown = boxoffice_catalog::audit::ratings(&catalog.read).await?;
    let ratings = Ratings::read(&review.read).await?;
    examine(&shown, &ratings, findings);
    Ok(())
}

fn examine(shown: &BTreeMap<TitleId, Rating>, ratings: &Ratings, findings: &mut Findings) {
    let pending = ratings.pending.iter();
    findings.in_flight.extend(pending.map(|id| format!("review {id} waits for booking")));
    findings.broken.extend(ratings.mismatches().iter().map(|it| format!("invariant 5: {it}")));
    // A title that catalog does not have is shown to nobody.
    for (title_id, shown) in shown {
        let kept = ratings.kept.get(title_id).copied().unwrap_or_default();
        if shown.version < kept.version {
            findings.in_flight.push(format!("catalog shows an older rating of title {title_id}"));
        } else if (shown.stars_total, shown.count, shown.version)
            != (kept.stars_total, kept.count, kept.version)
        {
            findings.broken.push(format!(
                "invariant 5: catalog shows another rating of title {title_id} than its reviews come to"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_review::domain::Rating as Kept;
    use uuid::Uuid;

    use super::*;

    /// What is found of a title with these ratings: how much is broken, and how much in flight.
    fn found(shown: Rating, kept: Option<Kept>) -> (usize, usize) {
        let title = TitleId(Uuid::nil());
        let implied = kept.map(|it| (title, (it.stars_total, it.count)));
        let ratings = Ratings {
            kept: kept.map(|it| (title, it)).into_iter().collect(),
            implied: implied.into_iter().collect(),
            pending: Vec::new(),
        };
        let mut findings = Findings::default();
        examine(&[(title, shown)].into(), &ratings, &mut findings);
        (findings.broken.len(), findings.in_flight.len())
    }

    #[test]
    fn rating_that_is_shown_is_the_one_that_is_kept_or_an_older_one() {
        let shown = |stars_total, version| Rating { stars_total, count: 2, version };
        let kept = |stars_total, version| Some(Kept { stars_total, count: 2, version });
        assert_eq!(found(Rating::default(), None), (0, 0));
        assert_eq!(found(shown(9, 2), kept(9, 2)), (0, 0));
        assert_eq!(found(Rating::default(), kept(9, 2)), (0, 1));
        assert_eq!(found(shown(9, 2), kept(8, 3)), (0, 1));
        assert_eq!(found(shown(8, 2), kept(9, 2)), (1, 0));
        assert_eq!(found(shown(9, 3), kept(9, 2)), (1, 0));
        assert_eq!(found(shown(9, 2), None), (1, 0));
    }
}
