//! What the box office does to the programme, and what everybody finds in it.

use std::time::Duration;

use boxoffice_contracts::catalog::v1::{
    GetTitleRequest, ListTitlesRequest, RemoveTitleRequest, Title,
};
use boxoffice_contracts::seating::v1::{RescheduleShowingRequest, Showing};
use boxoffice_testkit::platform::Context;
use tonic::Status;

use crate::{Person, eventually, in_future};

// === impl Person: the programme ===

impl Person {
    /// Looks at a title.
    ///
    /// # Errors
    /// It is refused.
    pub async fn title(&self, title_id: &str) -> Result<Title, Status> {
        let request = GetTitleRequest { title_id: title_id.to_owned() };
        let answer = self.client(Context::CATALOG).catalog().get_title(request).await?;
        Ok(answer.into_inner().title.unwrap())
    }

    /// Searches the programme for words.
    ///
    /// # Errors
    /// It is refused.
    pub async fn finds(&self, query: &str) -> Result<Vec<Title>, Status> {
        let request = ListTitlesRequest { query: query.to_owned(), ..ListTitlesRequest::default() };
        let answer = self.client(Context::CATALOG).catalog().list_titles(request).await?;
        Ok(answer.into_inner().titles)
    }

    /// Takes a title off the programme, as an admin may.
    ///
    /// # Errors
    /// It is refused.
    pub async fn remove_title(&self, title_id: &str) -> Result<Title, Status> {
        let request = RemoveTitleRequest { title_id: title_id.to_owned() };
        let answer = self.client(Context::CATALOG).catalog().remove_title(request).await?;
        Ok(answer.into_inner().title.unwrap())
    }

    /// Moves a showing, as an admin may, to begin after so long, for so long.
    ///
    /// # Errors
    /// It is refused.
    pub async fn reschedule(
        &self,
        showing_id: &str,
        after: Duration,
        length: Duration,
    ) -> Result<Showing, Status> {
        let request = RescheduleShowingRequest {
            showing_id: showing_id.to_owned(),
            start_time: Some(in_future(after)),
            end_time: Some(in_future(after + length)),
        };
        let answer = self.client(Context::SEATING).seating().reschedule_showing(request).await?;
        Ok(answer.into_inner().showing.unwrap())
    }

    /// Waits until a showing has begun.
    ///
    /// # Panics
    /// It does not begin in time.
    pub async fn sees_begin(&self, showing_id: &str) {
        let start_time = self.showing(showing_id).await.unwrap().start_time.unwrap();
        eventually(&format!("{showing_id} begins"), || async {
            (in_future(Duration::ZERO).to_time() > start_time.to_time()).then_some(())
        })
        .await;
    }
}
