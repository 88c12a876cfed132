//! Mutated tokens: who has not signed one does not get in.

use std::collections::HashSet;

use boxoffice_fuzz::hold;
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{Auth, DevIssuer, Role};

/// CP-09.
#[test]
fn fuzz_token() {
    let directory = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(&directory.path().join("key")).unwrap();
    let stranger = DevIssuer::open(&directory.path().join("another")).unwrap();
    let token = |issuer: &DevIssuer, role| issuer.token(&Grant::new("alice", role)).unwrap();
    let ours = [Role::Customer, Role::Admin, Role::Service].map(|role| token(&issuer, role));
    let theirs = token(&stranger, Role::Admin);
    let more: Vec<_> = ours.iter().chain([&theirs]).map(|it| it.as_bytes()).collect();
    let signed: HashSet<&str> = ours.iter().map(String::as_str).collect();

    let auth = Auth::development(issuer);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    hold("token", &more, |input| {
        let token = String::from_utf8_lossy(input);
        let accepted = runtime.block_on(auth.verify(&token)).is_ok();
        match (accepted, signed.contains(&*token)) {
            (true, false) => Err("nobody has signed it, and it is accepted".to_owned()),
            (false, true) => Err("it was signed, and is refused".to_owned()),
            _ => Ok(()),
        }
    });
}
