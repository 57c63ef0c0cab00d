//! What is past its time goes, what is younger stays, and no figure changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smp::{
    access::sessions, kernel::ids::lowest_at, platform::retention::Kept, sales::SaleMode, worker,
};
use sqlx::PgPool;
use strum::IntoEnumIterator;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::support::{
    TestApp,
    shop::{APPROVE, DECLINE},
    supply::{picture, upload},
};

const ALL_DAY: [(&str, &str); 1] = [("smp_retention_hours", "0-24")];

async fn owner(app: &TestApp) -> PgPool {
    PgPool::connect(&app.owner_url).await.unwrap()
}

/// Moves what these statements are about into the past.
async fn move_back(pool: &PgPool, statements: &[&'static str], days: i32) {
    for &statement in statements {
        sqlx::query(statement).bind(days).execute(pool).await.unwrap();
    }
}

/// The first 48 bits of a hold's id are when it was made, in milliseconds.
const HOLDS_BACK: &str = "
    UPDATE holds SET resolved_at = resolved_at - make_interval(days => $1),
        id = (lpad(to_hex(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
                  - $1 * 86400000::bigint), 12, '0')
              || substr(replace(id::text, '-', ''), 13))::uuid";
const SALES_BACK: [&str; 6] = [
    "UPDATE registration_mailings SET starts_at = starts_at - make_interval(days => $1)",
    "UPDATE sales SET starts_at = starts_at - make_interval(days => $1),
         ends_at = ends_at - make_interval(days => $1)",
    "UPDATE revisions SET content = content || jsonb_build_object(
         'starts_at', (content->>'starts_at')::timestamptz - make_interval(days => $1),
         'ends_at', (content->>'ends_at')::timestamptz - make_interval(days => $1))",
    "UPDATE visits SET started_at = started_at - make_interval(days => $1)",
    "UPDATE interactions SET created_at = created_at - make_interval(days => $1)",
    HOLDS_BACK,
];

async fn deleted(app: &TestApp) -> BTreeMap<&'static str, u64> {
    worker::delete_past_its_time(&app.platform).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_past_their_time_go_and_younger_ones_stay() {
    let app = TestApp::start_with(&ALL_DAY).await;
    let tenant = app.provider("kiln").await;
    let (_, account) = app.account("mara", &[]).await;
    let pool = owner(&app).await;
    let now = app.platform.clock.now();
    // Two of each: one a day past its time, one a day before it.
    for (kept, off) in Kept::iter().flat_map(|kept| [(kept, 1), (kept, -1)]) {
        let at = now - kept.period() - Duration::days(off);
        insert(&pool, kept, tenant.0, account.0, at).await;
    }
    let kinds = [
        Kept::MessageBodies,
        Kept::Messages,
        Kept::Sessions,
        Kept::PasskeyChallenges,
        Kept::AccountTokens,
        Kept::KnownDevices,
        Kept::Invitations,
        Kept::RehearsalReports,
        Kept::ClickOuts,
        Kept::UnmatchedReports,
        Kept::Holds,
        Kept::WaitlistEntries,
        Kept::Events,
        Kept::CashCodes,
        Kept::PhoneCodes,
        Kept::Checkouts,
        Kept::GatewayNotices,
        Kept::MailNotices,
        Kept::PendingSignIns,
        Kept::SecondFactorTries,
    ];
    let counts = deleted(&app).await;
    // Old enough to go as messages are those of them whose bodies went too.
    let mut expected: BTreeMap<&str, u64> =
        kinds.into_iter().map(|kept| (<&str>::from(kept), 1)).collect();
    expected.insert("message_bodies", 3);
    assert_eq!(counts, expected);
    assert_eq!(deleted(&app).await, BTreeMap::new(), "a second run has nothing to do");

    let left = app
        .query(
            "SELECT jsonb_build_object(
                'messages', (SELECT count(*) FROM messages),
                'bodies', (SELECT count(*) FROM messages WHERE body_text = 'Hello'),
                'sessions', (SELECT count(*) FROM sessions WHERE user_agent = 'old'),
                'invitations', (SELECT count(*) FROM invitations),
                'rehearsals', (SELECT count(*) FROM rehearsals),
                'click_outs', (SELECT count(*) FROM click_outs),
                'reports', (SELECT count(*) FROM reports),
                'holds', (SELECT count(*) FROM holds),
                'waitlist', (SELECT count(*) FROM waitlist),
                'events', (SELECT count(*) FROM events WHERE type = 'test.happened'))",
        )
        .await;
    let expected = json!({
        "messages": 3, "bodies": 1, "sessions": 1, "invitations": 1, "rehearsals": 1,
        "click_outs": 1, "reports": 1, "holds": 1, "waitlist": 1, "events": 1,
    });
    assert_eq!(left, [expected]);
}

/// A row that ended at this time.
async fn insert(pool: &PgPool, kept: Kept, tenant: Uuid, account: Uuid, at: OffsetDateTime) {
    let Some(statement) = of_accounts(kept).or_else(|| of_the_business(kept)) else { return };
    // Ids that are made at a time ascend with it.
    let id = Uuid::from_u128(lowest_at(at).as_u128() | (Uuid::new_v4().as_u128() >> 64));
    let insert = sqlx::query(statement).bind(tenant).bind(id).bind(account).bind(at);
    insert.execute(pool).await.unwrap();
}

/// Inserts what is kept of accounts and their messages.
fn of_accounts(kept: Kept) -> Option<&'static str> {
    Some(match kept {
        Kept::MessageBodies | Kept::Messages => {
            "INSERT INTO messages (tenant_id, id, account_id, channel, recipient, template, subject,
                 body_text, body_html, dedupe_key, state, created_at)
             VALUES ($1, $2, $3, 'email', 'a@b.example', 'welcome', 'Hi', 'Hello', '<p>Hello',
                 $2::text, 'sent', $4)"
        }
        Kept::Sessions => {
            "INSERT INTO sessions (id, account_id, token_hash, user_agent, expires_at)
             SELECT $2, $3, decode(md5($2::text), 'hex'), 'old', $4 WHERE $1 IS NOT NULL"
        }
        Kept::PasskeyChallenges => {
            "INSERT INTO passkey_challenges (token_hash, account_id, state, expires_at)
             SELECT decode(md5($2::text), 'hex'), $3, '{}', $4 WHERE $1 IS NOT NULL"
        }
        Kept::AccountTokens => {
            "INSERT INTO account_tokens (id, account_id, purpose, token_hash, created_at, expires_at)
             SELECT $2, $3, 'reset_password', decode(md5($2::text), 'hex'), $4, $4
             WHERE $1 IS NOT NULL"
        }
        Kept::KnownDevices => {
            "INSERT INTO known_devices (account_id, device_hash, created_at, seen_at)
             SELECT $3, decode(md5($2::text), 'hex'), $4, $4 WHERE $1 IS NOT NULL"
        }
        Kept::Invitations => {
            "INSERT INTO invitations (tenant_id, id, email, role, token_hash, invited_by, expires_at)
             VALUES ($1, $2, 'a@b.example', 'editor', decode(md5($2::text), 'hex'), $3, $4)"
        }
        Kept::PhoneCodes => {
            "INSERT INTO phone_code_sends (id, account_id, phone, network, sent_at)
             SELECT $2, $3, '+4915123456789', '203.0.113.1', $4 WHERE $1::uuid IS NOT NULL"
        }
        Kept::PendingSignIns => {
            "INSERT INTO pending_sign_ins (id, account_id, token_hash, expires_at)
             SELECT $2, $3, decode(md5($2::text), 'hex'), $4 WHERE $1::uuid IS NOT NULL"
        }
        Kept::SecondFactorTries => {
            "INSERT INTO second_factor_tries (id, account_id, network, tried_at)
             SELECT $2, $3, 'here', $4 WHERE $1::uuid IS NOT NULL"
        }
        Kept::MailNotices => {
            "INSERT INTO mail_notices (id, received_at)
             SELECT $2::text, $4 WHERE $1::uuid IS NOT NULL AND $3::uuid IS NOT NULL"
        }
        _ => return None,
    })
}

/// Inserts what is kept of sales, orders and money. None: their test needs the store, or a sale.
fn of_the_business(kept: Kept) -> Option<&'static str> {
    Some(match kept {
        Kept::RehearsalReports => {
            "INSERT INTO rehearsals (tenant_id, id, sale_id, shoppers, units, state, started_by,
                 started_at, ended_at) VALUES ($1, $2, $2, 1, 1, 'done', $3, $4, $4)"
        }
        Kept::ClickOuts => {
            "INSERT INTO click_outs (tenant_id, id, sale_id, sale_item_id, account_id, quantity,
                 target_url, created_at) VALUES ($1, $2, $2, $2, $3, 1, 'https://a.example', $4)"
        }
        Kept::UnmatchedReports => {
            "INSERT INTO reports (tenant_id, id, kind, reference, channel, fields, digest, standing,
                 received_at)
             VALUES ($1, $2, 'purchase', 'A-1', 'pixel', jsonb_build_object('by', $3::uuid),
                 $2::text, 'unmatched', $4)"
        }
        Kept::Holds => {
            "INSERT INTO holds (tenant_id, id, sale_id, sale_item_id, account_id, idempotency_key,
                 quantity, state, created_at, expires_at, resolved_at)
             VALUES ($1, $2, $2, $2, $3, $2::text, 1, 'expired', $4, $4, $4)"
        }
        Kept::WaitlistEntries => {
            "INSERT INTO waitlist (tenant_id, id, sale_id, sale_item_id, account_id,
                 idempotency_key, quantity, position, state, created_at, resolved_at)
             VALUES ($1, $2, $2, $2, $3, $2::text, 1, 1, 'left', $4, $4)"
        }
        Kept::CashCodes => {
            "WITH bought AS (
                 INSERT INTO orders (id, account_id, number, email, shipping_address, currency,
                     total_minor, pay_by)
                 SELECT $2, $3, $2::text, 'a@b.example', '{}', 'EUR', 1, $4
                 WHERE $1::uuid IS NOT NULL RETURNING id),
             begun AS (
                 INSERT INTO payments (id, order_id, account_id, gateway, amount_minor, currency,
                     reference)
                 SELECT id, id, $3, 'cash_on_delivery', 1, 'EUR', '' FROM bought RETURNING id)
             INSERT INTO cash_codes (id, payment_id, account_id, phone, code_hash, created_at,
                 expires_at)
             SELECT id, id, $3, '+49301234567', '', $4, $4 FROM begun"
        }
        Kept::Checkouts => {
            "INSERT INTO checkouts (id, account_id, currency, hold_ids, updated_at)
             SELECT $2, $3, 'EUR', ARRAY[$2::uuid], $4 WHERE $1::uuid IS NOT NULL"
        }
        Kept::Events => {
            "WITH counted AS (
                 INSERT INTO event_counters AS c (tenant_id, last_sequence) VALUES ($1, 1)
                 ON CONFLICT (tenant_id) DO UPDATE SET last_sequence = c.last_sequence + 1
                 RETURNING last_sequence)
             INSERT INTO events (tenant_id, sequence, id, type, payload, created_at)
             SELECT $1, last_sequence, $2, 'test.happened', jsonb_build_object('by', $3::uuid), $4
             FROM counted"
        }
        Kept::GatewayNotices => {
            "INSERT INTO gateway_notices (gateway, id, kind, payment_id, refund_id, received_at)
             VALUES ('sandbox', $2::text, 'payment', $1, $3, $4)"
        }
        // Their test needs the store, or a sale.
        Kept::AbandonedUploads | Kept::LateUploads | Kept::Visits | Kept::DataExports => {
            return None;
        }
        // Of accounts.
        Kept::MessageBodies
        | Kept::Messages
        | Kept::Sessions
        | Kept::PasskeyChallenges
        | Kept::AccountTokens
        | Kept::KnownDevices
        | Kept::Invitations
        | Kept::PhoneCodes
        | Kept::PendingSignIns
        | Kept::SecondFactorTries
        | Kept::MailNotices => return None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_bounded_and_held_and_failing_things_stay() {
    let app = TestApp::start_with(&ALL_DAY).await;
    let tenant = app.provider("kiln").await;
    let (_, account) = app.account("mara", &[]).await;
    let pool = owner(&app).await;
    let long_ago = app.platform.clock.now() - Duration::days(1000);
    for kept in
        [Kept::Sessions, Kept::Sessions, Kept::Sessions, Kept::Holds, Kept::Events, Kept::Events]
    {
        insert(&pool, kept, tenant.0, account.0, long_ago).await;
    }
    let mut tx = app.platform.db.platform("test").await.unwrap();
    assert_eq!(
        sessions::delete_expired(&mut tx, long_ago + Duration::days(1), 2).await.unwrap(),
        2
    );
    drop(tx);
    // An event whose delivery failed is still needed, and units that are held or sold count.
    for statement in [
        "UPDATE holds SET state = 'sold'",
        "SELECT queue_job(
             CASE sequence % 2 WHEN 0 THEN 'event_deliver' ELSE 'event_deliver_bulk' END,
             json_build_object('tenant_id', tenant_id, 'sequence', sequence), 12
         ) FROM events",
        "UPDATE graphile_worker._private_jobs SET created_at = now() - interval '1000 days'",
        "UPDATE graphile_worker_bulk._private_jobs SET created_at = now() - interval '1000 days'",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    assert_eq!(deleted(&app).await, BTreeMap::from([("sessions", 3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_at_busy_hours_or_about_a_start() {
    let app = TestApp::start_with(&ALL_DAY).await;
    let tenant = app.provider("kiln").await;
    let (_, account) = app.account("mara", &[]).await;
    let pool = owner(&app).await;
    let now = app.platform.clock.now();
    insert(&pool, Kept::Sessions, tenant.0, account.0, now - Duration::days(31)).await;
    let next_hours = format!("{}-{}", (now.hour() + 2) % 24, (now.hour() + 4) % 24);
    let busy = app.node_with(&[("smp_retention_hours", &next_hours)]).await;
    assert_eq!(worker::delete_past_its_time(&busy).await.unwrap(), BTreeMap::new());

    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let mailing =
        "INSERT INTO registration_mailings (tenant_id, sale_id, kind, starts_at, due_at, until)
         VALUES ($1, $2, 'start', $3, $3, $3) ON CONFLICT (tenant_id, sale_id, kind)
         DO UPDATE SET starts_at = excluded.starts_at";
    for (minutes, count) in [(10, 0), (-10, 0), (20, 1)] {
        let insert = sqlx::query(mailing).bind(tenant.0).bind(sale.id.0);
        insert.bind(now + Duration::minutes(minutes)).execute(&pool).await.unwrap();
        assert_eq!(deleted(&app).await.len(), count, "{minutes} minutes to the start");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_stay_when_visits_and_holds_are_deleted() {
    let app = TestApp::start_with(&ALL_DAY).await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (analyst, manager) = (app.member(tenant, "analyst").await, app.staff("manager").await);
    let (mara, eve, ivo) =
        (app.shopper("mara").await, app.shopper("eve").await, app.shopper("ivo").await);
    let page = format!("/sales/{}", sale.slug);
    for client in [&mara, &eve, &eve, &ivo, &app.anonymous(), &app.anonymous()] {
        client.get(&page).await.expect(200);
    }
    mara.hold(&sale, 0, 2).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    eve.hold(&sale, 0, 1).await;
    let number = eve.place().await.json(201)["number"].as_str().unwrap().to_owned();
    eve.pay(&number, DECLINE).await.json(201);
    ivo.hold(&sale, 1, 1).await;
    app.run_jobs().await;
    let pool = owner(&app).await;
    // Time on the page, and holds that are given back.
    for statement in [
        "UPDATE visits SET seconds_on_page = 10 + ascii(right(id::text, 1)) % 7",
        "UPDATE holds SET state = 'expired', resolved_at = created_at WHERE state = 'held'",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    move_back(&pool, &SALES_BACK, 450).await;
    // Somebody looks at the page long after.
    app.anonymous().get(&page).await;
    let statistics = format!("/api/v1/providers/{tenant}/sales/{}/statistics", sale.id);
    let figures = async || {
        let mut seen = analyst.get(&statistics).await.json(200);
        // A chart ends 60 days back.
        seen.as_object_mut().unwrap().remove("series");
        let csv = analyst.get(&format!("{statistics}.csv")).await.expect(200).to_owned();
        let of_provider =
            analyst.get(&format!("/api/v1/providers/{tenant}/statistics")).await.json(200);
        let summary = manager.get("/api/v1/statistics/summary?days=366").await.json(200);
        (seen, csv, of_provider, summary)
    };
    let before = figures().await;
    let visited = |figures: &(Value, String, Value, Value)| figures.0["totals"]["visits"].clone();
    assert!(visited(&before).as_i64().unwrap() >= 5, "{}", before.0);
    let counts = deleted(&app).await;
    assert!(counts.get("visits").is_some_and(|count| *count > 3), "{counts:?}");
    assert_eq!(figures().await, before);
    let left = app
        .query(
            "SELECT to_jsonb(count(*)) FROM visits WHERE started_at < now() - interval '400 days'",
        )
        .await;
    assert_eq!(left, [json!(1)], "the visit of the purchase");
    assert_eq!(deleted(&app).await, BTreeMap::new());

    // The holds go later than the visits they came from.
    move_back(&pool, &[HOLDS_BACK], 100).await;
    assert_eq!(deleted(&app).await.get("holds"), Some(&2));
    let (seen, ..) = figures().await;
    assert_eq!(seen["funnel"], before.0["funnel"]);
    assert_eq!(seen["totals"]["holds"], before.0["totals"]["holds"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_uploads_and_late_files_leave_the_store() {
    let app = TestApp::start_with(&ALL_DAY).await;
    let tenant = app.provider("kiln").await;
    let editor = app.member(tenant, "editor").await;
    let bytes = picture(40, 20, image::ImageFormat::Png);
    let send = async || upload(&editor, tenant, "a.png", "image/png", bytes.clone()).await;
    let (abandoned, young) = (send().await, send().await);
    let announce =
        json!({"filename": "b.png", "content_type": "image/png", "size_bytes": bytes.len()});
    let at = format!("/api/v1/providers/{tenant}/assets");
    let finished = editor.post(&at, &announce).await.json(201);
    crate::support::supply::put(&editor, &finished["upload"], bytes.clone()).await.expect(200);
    let id = |asset: &Value| asset["id"].as_str().unwrap().to_owned();
    editor.post(&format!("{at}/{}/complete", id(&finished["asset"])), &json!({})).await.json(200);
    // The address still takes the same file.
    crate::support::supply::put(&editor, &finished["upload"], bytes.clone()).await.expect(200);
    let pool = owner(&app).await;
    sqlx::query(
        "UPDATE assets SET upload_expires_at = now() - interval '25 hours' WHERE id <> $1::uuid",
    )
    .bind(id(&young))
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(
        deleted(&app).await,
        BTreeMap::from([("abandoned_uploads", 1), ("late_uploads", 1)])
    );
    assert_eq!(deleted(&app).await, BTreeMap::new());
    for (asset, is_kept) in [(&abandoned, false), (&young, true), (&finished["asset"], false)] {
        let key = format!("uploads/{tenant}/{}", id(asset));
        assert_eq!(app.platform.objects.head(&key).await.unwrap().is_some(), is_kept, "{key}");
    }
    editor.get(&format!("{at}/{}", id(&abandoned))).await.expect(404);
    editor.get(&format!("{at}/{}/original", id(&finished["asset"]))).await.expect(200);
    editor.post(&format!("{at}/{}/complete", id(&young)), &json!({})).await.json(200);
}

#[test]
fn the_document_has_every_period() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/retention.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kept in Kept::iter() {
        let (name, days) = (<&str>::from(kept), kept.period().whole_days());
        let period = format!("| `{name}` | {days} day{} |", if days == 1 { "" } else { "s" });
        assert!(text.contains(&period), "docs/retention.md lacks {period}");
    }
}
