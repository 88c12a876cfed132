//! temporary
use crate::world::{Attempt, World};
use futures::stream::{self, StreamExt as _};
use std::time::Instant;

on_every_store! {
    async fn speed(world: World) {
        let mut world = world;
        world.config.provider_deadline = std::time::Duration::from_millis(1500);
        let process = world.start().await;
        for concurrency in [8, 128, 512] {
            let n = if concurrency == 8 { 2000 } else { 8000 };
            let begun = Instant::now();
            let failed = stream::iter(0..n).map(|_| { let p = &process; async move { let a = Attempt::by("pm_card_visa"); p.approve(&a).await.is_err() as usize } }).buffer_unordered(concurrency).fold(0, |a, b| async move { a + b }).await;
            eprintln!("{concurrency}: {:.0}/s failed {failed} {:?}", f64::from(n) / begun.elapsed().as_secs_f64(), begun.elapsed());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn explain() {
    use sea_orm::ConnectionTrait;
    let world = World::on_postgres().await;
    let sql = "INSERT INTO payments SELECT gen_random_uuid(), gen_random_uuid(), 'a', 1, 'KRW', 'm', 'approved', null, 'r', now(), 0, null, 1, now(), now() FROM generate_series(1, 50000)";
    for round in 0..2 {
        world.db.write.execute_unprepared(sql).await.unwrap();
        if round == 1 { world.db.write.execute_unprepared("ANALYZE payments").await.unwrap(); }
        for n in [1, 100] {
            let ids: Vec<_> = (0..n).map(|_| format!("'{}'", uuid::Uuid::new_v4())).collect();
            let ids = ids.join(",");
            for q in [format!("EXPLAIN SELECT * FROM payments WHERE booking_id IN ({ids}) OR id IN ({ids}) ORDER BY created_at, id"), "EXPLAIN SELECT id FROM payments WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 256".to_owned()] {
            let stmt = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, q);
            let rows = world.db.read.query_all_raw(stmt).await.unwrap();
            for row in rows { let t: String = row.try_get_by_index(0).unwrap(); eprintln!("{}", &t[..t.len().min(110)]); }
            }
        }
    }
}
