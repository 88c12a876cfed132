//! Addresses as people may read them: where somebody goes, never how they get in.

/// `url` with its password replaced by `***`; so is a NATS token, and an option that names a secret. A list of
/// addresses, separated by commas, stays one.
pub fn masked(url: &str) -> String {
    if url.split(',').all(|each| each.contains("://")) {
        url.split(',').map(one).collect::<Vec<_>>().join(",")
    } else {
        one(url)
    }
}

fn one(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // No address at all, and nobody knows where in it a password is.
        return if url.contains('@') { "***".to_owned() } else { url.to_owned() };
    };
    let (login, place) = match rest.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, rest),
    };
    let login = match login.map(|it| it.split_once(':').ok_or(it)) {
        None => String::new(),
        Some(Ok((user, _))) => format!("{user}:***@"),
        Some(Err(_)) if matches!(scheme, "nats" | "tls") => "***@".to_owned(),
        Some(Err(user)) => format!("{user}@"),
    };
    match place.split_once('?') {
        None => format!("{scheme}://{login}{place}"),
        Some((place, options)) => {
            let options: Vec<_> = options.split('&').map(option).collect();
            format!("{scheme}://{login}{place}?{}", options.join("&"))
        }
    }
}

fn option(option: &str) -> String {
    match option.split_once('=') {
        Some((name, _)) if ["pass", "secret", "token"].iter().any(|it| name.contains(it)) => {
            format!("{name}=***")
        }
        Some(_) | None => option.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn whoever_reads_an_address_cannot_get_in() {
        for (given, shown) in [
            ("postgres://user:hush@db:5432/booking", "postgres://user:***@db:5432/booking"),
            ("booking=postgres://user:hush@db/x", "booking=postgres://user:***@db/x"),
            ("postgres://user:p@ss:hush@db/x", "postgres://user:***@db/x"),
            ("postgres://user:hush@:port/x", "postgres://user:***@:port/x"),
            ("mysql://user@db/x", "mysql://user@db/x"),
            (
                "postgres://db/x?password=hush&sslmode=require",
                "postgres://db/x?password=***&sslmode=require",
            ),
            ("nats://hush@broker:4222", "nats://***@broker:4222"),
            ("nats://u:hush@a:1,tls://hush@b:2", "nats://u:***@a:1,tls://***@b:2"),
            ("nats://u:hu,sh@a:1", "nats://u:***@a:1"),
            ("user:hush@db", "***"),
            ("sqlite://data/booking.db?mode=rwc", "sqlite://data/booking.db?mode=rwc"),
            ("not a url", "not a url"),
        ] {
            assert_eq!(masked(given), shown);
        }
    }
}
