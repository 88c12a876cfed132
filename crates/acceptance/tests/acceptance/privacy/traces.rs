//! Where a word is found in what a platform keeps: byte by byte in files, column by column on servers.

use std::path::Path;

use boxoffice_acceptance::{CONTEXTS, Fleet};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};

/// The files of a directory that hold it, free pages and logs included.
pub(super) fn in_files(directory: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(in_files(&path, word));
            continue;
        }
        // A file may be gone by now: servers tidy up.
        let bytes = std::fs::read(&path).unwrap_or_default();
        if bytes.windows(word.len()).any(|at| at == word.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// The columns of a fleet's databases that hold it, and the files of its broker.
pub(super) async fn in_fleet(fleet: &Fleet, word: &str) -> Vec<String> {
    let mut found = in_files(&fleet.broker_files().await, word);
    for context in CONTEXTS {
        let db = Database::connect(fleet.database(context)).await.unwrap();
        for (table, column, is_bytes) in columns(&db).await {
            if holds(&db, (&table, &column, is_bytes), word).await {
                found.push(format!("{context} {table}.{column}"));
            }
        }
        db.close().await.unwrap();
    }
    found
}

/// Tables and columns of everything that is text or bytes.
async fn columns(db: &DatabaseConnection) -> Vec<(String, String, bool)> {
    let backend = db.get_database_backend();
    let here = if backend == DbBackend::MySql { "database()" } else { "current_schema()" };
    let all = format!(
        "SELECT table_name AS t, column_name AS c, data_type AS d FROM information_schema.columns WHERE table_schema = {here}"
    );
    let rows = db.query_all_raw(Statement::from_string(backend, all)).await.unwrap();
    let columns = rows.iter().map(|row| {
        let text = |name: &str| -> String { row.try_get("", name).unwrap() };
        let kind = text("d").to_lowercase();
        let is_bytes = kind == "bytea" || kind.contains("blob");
        let is_text = kind.contains("char") || kind.contains("text");
        (is_bytes || is_text).then(|| (text("t"), text("c"), is_bytes))
    });
    columns.flatten().collect()
}

async fn holds(db: &DatabaseConnection, place: (&str, &str, bool), word: &str) -> bool {
    let backend = db.get_database_backend();
    let (table, column, is_bytes) = place;
    let count = match (backend, is_bytes) {
        (DbBackend::MySql, _) => format!("LOCATE(CAST(? AS BINARY), CAST({column} AS BINARY)) > 0"),
        (_, true) => format!("position(convert_to($1, 'UTF8') in {column}) > 0"),
        (_, false) => format!("position($1 in {column}) > 0"),
    };
    let quote = if backend == DbBackend::MySql { '`' } else { '"' };
    let query = format!("SELECT count(*) AS n FROM {quote}{table}{quote} WHERE {count}");
    let query = Statement::from_sql_and_values(backend, query, [word.into()]);
    let row = db.query_one_raw(query).await.unwrap().unwrap();
    row.try_get::<i64>("", "n").unwrap() > 0
}
