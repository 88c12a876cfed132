//! Those notification needs: booking, which knows how to reach people, and whoever takes the mail.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupService;
use boxoffice_notification::mailer::{Letter, Mailer, NotSent};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Booking, as far as notification asks it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Booking {
    contacts: Arc<Mutex<HashMap<String, pb::Contact>>>,
    down: Arc<AtomicBool>,
}

/// Takes letters, or doesn't; all replicas bring theirs here.
#[derive(Debug, Default)]
pub(crate) struct Post {
    pub(crate) mood: Mutex<Mood>,
    letters: Mutex<Vec<Letter>>,
    calls: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// What the post does with a letter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Mood {
    #[default]
    Takes,
    Refuses,
    PutsOff,
    Away,
    /// Takes it and never says so.
    Silent,
}

// === impl Booking ===

impl Booking {
    pub(crate) fn knows(&self, booking_id: Uuid, email: &str, language: &str) {
        let (email, language) = (email.to_owned(), language.to_owned());
        let contact = pb::Contact { email, language, ..Default::default() };
        self.contacts.lock().unwrap().insert(booking_id.to_string(), contact);
    }

    pub(crate) fn down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }
}

#[tonic::async_trait]
impl BookingLookupService for Booking {
    async fn get_contact(
        &self,
        request: Request<pb::GetContactRequest>,
    ) -> Result<Response<pb::GetContactResponse>, Status> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("down"));
        }
        let contact = self.contacts.lock().unwrap().get(&request.get_ref().booking_id).cloned();
        let contact = contact.ok_or_else(|| Status::not_found("no such booking"))?;
        Ok(Response::new(pb::GetContactResponse { contact: Some(contact) }))
    }

    async fn check_attendance(
        &self,
        _: Request<pb::CheckAttendanceRequest>,
    ) -> Result<Response<pb::CheckAttendanceResponse>, Status> {
        Err(Status::unimplemented("not asked by notification"))
    }
}

// === impl Post ===

impl Post {
    pub(crate) fn turns(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    /// How often anybody tried.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// How many were trying at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Takes | Mood::Silent => self.letters.lock().unwrap().push(letter.clone()),
            Mood::Refuses => return Err(NotSent::Refused(Some(550))),
            Mood::PutsOff => return Err(NotSent::Postponed(Some(451))),
            Mood::Away => return Err(NotSent::Unavailable(None, None)),
        }
        if matches!(mood, Mood::Silent) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}
