//! Registering for a sale: its window, who may, what both sides see, and the letters that follow.

use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, SaleId, TenantId},
    notifications,
    platform::broker::Notice,
    sales::{self, SaleMode},
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::support::{
    Client, TestApp,
    sales::{decide, plain_offer, sale_input, sale_path, submit},
};

/// Where the input of a sale goes, and what it is.
pub struct Stage {
    pub app: TestApp,
    pub tenant: TenantId,
    pub editor: Client,
    pub manager: Client,
    /// Of a hosted sale that starts in three days and lasts one, with registration open from in an
    /// hour until in two days.
    pub input: Value,
}

/// A published sale one can register for.
pub struct Sale {
    pub path: String,
    pub slug: String,
    pub id: SaleId,
}

impl Sale {
    /// Where one registers.
    pub fn registration(&self) -> String {
        format!("/api/v1/sales/{}/registration", self.slug)
    }
}

fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

impl Stage {
    pub async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let (editor, manager) = (app.member(tenant, "editor").await, app.staff("manager").await);
        let offer = plain_offer(&editor, tenant).await;
        let now = app.platform.clock.now();
        let mut input =
            sale_input(&offer, SaleMode::Hosted, now + Duration::days(3), now + Duration::days(4));
        input["registration_opens_at"] = at(now + Duration::hours(1)).into();
        input["registration_closes_at"] = at(now + Duration::days(2)).into();
        Self { app, tenant, editor, manager, input }
    }

    /// The same with registration open.
    pub async fn open() -> (Self, Sale) {
        let stage = Self::set().await;
        let sale = stage.publish(&stage.input).await;
        stage.app.platform.clock.advance(Duration::hours(2));
        (stage, sale)
    }

    /// The input with some of its fields changed.
    pub fn with(&self, changes: &Value) -> Value {
        let mut input = self.input.clone();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }

    fn sales(&self) -> String {
        format!("/api/v1/providers/{}/sales", self.tenant)
    }

    pub async fn publish(&self, input: &Value) -> Sale {
        let sale = self.editor.post(&self.sales(), input).await.json(201);
        let path = sale_path(self.tenant, &sale);
        self.approve(&path).await;
        Sale {
            path,
            slug: sale["slug"].as_str().unwrap().to_owned(),
            id: SaleId(sale["id"].as_str().unwrap().parse().unwrap()),
        }
    }

    /// Submits and approves what the sale's draft says.
    async fn approve(&self, path: &str) {
        let revision = submit(&self.editor, path).await;
        decide(&self.manager, path, &revision, "approve").await.json(200);
    }

    async fn phase(&self, sale: &Sale) -> (Value, Value) {
        let here = self.editor.get(&sale.path).await.json(200)["phase"].clone();
        (here, self.app.anonymous().get(&format!("/api/v1/sales/{}", sale.slug)).await.json(200)["phase"].clone())
    }

    pub fn past(&self, duration: Duration) {
        self.app.platform.clock.advance(duration);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_registers_while_the_window_is_open() {
    let stage = Stage::set().await;
    let sale = stage.publish(&stage.input).await;
    let (ada, account) = stage.app.account("ada", &[]).await;
    let state = ada.get(&sale.registration()).await.json(200);
    assert_eq!(
        (&state["state"], &state["stage"], &state["registered_only"]),
        (&json!("not_registered"), &json!("before"), &json!(false))
    );
    assert_eq!(
        ada.put(&sale.registration(), &json!({})).await.problem(409),
        "registration_not_open"
    );
    assert_eq!(stage.phase(&sale).await, (json!("announced"), json!("announced")));
    let shelf = stage.app.anonymous().get(&format!("/api/v1/sales/{}", sale.slug)).await.json(200);
    assert_eq!(
        (&shelf["registration_opens_at"], &shelf["registered_only"]),
        (&state["opens_at"], &json!(false))
    );

    stage.past(Duration::hours(2));
    assert_eq!(stage.phase(&sale).await, (json!("registration"), json!("registration")));
    let mut notices = stage.app.platform.broker.subscribe();
    let made = ada.put(&sale.registration(), &json!({})).await.json(201);
    assert_eq!(
        (&made["state"], &made["stage"], &made["sale_slug"]),
        (&json!("registered"), &json!("open"), &json!(sale.slug))
    );
    assert_eq!(
        notices.recv().await.unwrap(),
        Notice::RegistrationChanged { sale: sale.id, account }
    );
    assert_eq!(
        ada.put(&sale.registration(), &json!({})).await.json(200)["registered_at"],
        ada.get(&sale.registration()).await.json(200)["registered_at"]
    );
    assert_eq!(
        stage.app.told("registration.created").await,
        [json!({"sale_id": sale.id, "account_id": account})]
    );
    assert_eq!(is_registered(&stage, &sale, account).await, (true, true));

    let mine = ada.get("/api/v1/me/registrations").await.json(200);
    assert_eq!(
        (mine["items"].as_array().unwrap().len(), &mine["items"][0]["sale_slug"]),
        (1, &json!(sale.slug))
    );
    assert_eq!(
        (&mine["items"][0]["phase"], &mine["items"][0]["provider_name"]),
        (&json!("registration"), &json!("Kiln"))
    );

    ada.delete(&sale.registration()).await.expect(204);
    ada.delete(&sale.registration()).await.expect(204);
    assert_eq!(stage.app.told("registration.withdrawn").await.len(), 1);
    assert_eq!(is_registered(&stage, &sale, account).await, (false, false));
    assert_eq!(ada.get("/api/v1/me/registrations").await.json(200)["items"], json!([]));
    ada.put(&sale.registration(), &json!({})).await.json(201);
    assert_eq!(stage.app.told("registration.created").await.len(), 2);

    stage.past(Duration::days(2));
    assert_eq!(stage.phase(&sale).await, (json!("countdown"), json!("countdown")));
    let late = stage.app.shopper("late").await;
    assert_eq!(
        late.put(&sale.registration(), &json!({})).await.problem(409),
        "registration_closed"
    );
    assert_eq!(ada.put(&sale.registration(), &json!({})).await.json(200)["stage"], "closed");
    stage.past(Duration::days(1));
    assert_eq!(stage.phase(&sale).await, (json!("live"), json!("live")));
}

/// What the allocator's question answers in the shopper's scope and in the platform's.
async fn is_registered(stage: &Stage, sale: &Sale, account: AccountId) -> (bool, bool) {
    let db = &stage.app.platform.db;
    let mut mine = db.shopper(Some(account)).await.unwrap();
    let mut all = db.platform("test").await.unwrap();
    let asked = (
        sales::registered(&mut mine, stage.tenant, sale.id, account).await,
        sales::registered(&mut all, stage.tenant, sale.id, account).await,
    );
    (asked.0.unwrap(), asked.1.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_presses_are_one_registration() {
    let (stage, sale) = Stage::open().await;
    let (ada, _) = stage.app.account("ada", &[]).await;
    let presses =
        (0..8).map(|_| async { ada.put(&sale.registration(), &json!({})).await.status.as_u16() });
    let mut answers = futures_util::future::join_all(presses).await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert_eq!(stage.app.told("registration.created").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_cannot_register_the_answer_says_why() {
    let (stage, sale) = Stage::open().await;
    let ada = stage.app.shopper("ada").await;
    assert_eq!(
        stage.app.anonymous().put(&sale.registration(), &json!({})).await.problem(401),
        "unauthenticated"
    );
    for method in [
        ada.get("/api/v1/sales/nowhere/registration").await,
        ada.put("/api/v1/sales/nowhere/registration", &json!({})).await,
    ] {
        assert_eq!(method.problem(404), "not_found");
    }
    ada.delete("/api/v1/sales/nowhere/registration").await.problem(404);
    let plain = stage.with(
        &json!({"registration_opens_at": null, "registration_closes_at": null, "slug": "plain"}),
    );
    let open_to_all = stage.publish(&plain).await;
    assert_eq!(
        ada.put(&open_to_all.registration(), &json!({})).await.problem(409),
        "no_registration"
    );
    let state = ada.get(&open_to_all.registration()).await.json(200);
    assert_eq!(
        (&state["state"], &state["stage"], &state["opens_at"]),
        (&json!("not_registered"), &Value::Null, &Value::Null)
    );
    // A draft is not there for shoppers.
    let draft =
        stage.editor.post(&stage.sales(), &stage.with(&json!({"slug": "draft"}))).await.json(201);
    ada.put(&format!("/api/v1/sales/{}/registration", draft["slug"].as_str().unwrap()), &json!({}))
        .await
        .problem(404);

    let reason = json!({"reason": "The kiln broke."});
    stage.manager.post(&format!("{}/halt", sale.path), &reason).await.json(200);
    assert_eq!(ada.put(&sale.registration(), &json!({})).await.problem(409), "halted");
    stage.manager.post(&format!("{}/resume", sale.path), &json!({})).await.json(200);
    ada.put(&sale.registration(), &json!({})).await.json(201);
    stage.manager.post(&format!("{}/cancel", sale.path), &reason).await.json(200);
    assert_eq!(ada.put(&sale.registration(), &json!({})).await.problem(409), "cancelled");
    assert_eq!(
        stage.app.shopper("eve").await.put(&sale.registration(), &json!({})).await.problem(409),
        "cancelled"
    );
    ada.delete(&sale.registration()).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_says_when_one_can_register() {
    let stage = Stage::set().await;
    let now = stage.app.platform.clock.now();
    let hours = |hours| at(now + Duration::hours(hours));
    for (changes, field) in [
        (json!({"registration_closes_at": hours(0)}), "registration_closes_at"),
        (json!({"registration_closes_at": hours(97)}), "registration_closes_at"),
        (json!({"registration_closes_at": null}), "registration_closes_at"),
        (json!({"registration_opens_at": null}), "registration_opens_at"),
        (json!({"registration_opens_at": "1999-01-01T00:00:00Z"}), "registration_opens_at"),
        (json!({"registration_opens_at": "soon"}), "registration_opens_at"),
        (
            json!({"registration_opens_at": null, "registration_closes_at": null, "registered_only": true}),
            "registered_only",
        ),
        (json!({"registered_only": "yes"}), "registered_only"),
        (json!({"waitlist_offer_seconds": 59}), "waitlist_offer_seconds"),
        (json!({"waitlist_offer_seconds": 86_401}), "waitlist_offer_seconds"),
    ] {
        assert_eq!(
            stage.editor.post(&stage.sales(), &stage.with(&changes)).await.wrong_fields(),
            [field],
            "{changes}"
        );
    }
    let sale = stage.editor.post(&stage.sales(), &stage.input).await.json(201);
    assert_eq!(
        (&sale["registered_only"], &sale["waitlist_offer_seconds"]),
        (&json!(false), &json!(600))
    );
    let path = sale_path(stage.tenant, &sale);
    // Registration may go on until the sale ends.
    let input = stage.with(&json!({"registration_closes_at": stage.input["ends_at"], "registered_only": true, "waitlist_offer_seconds": 3600}));
    stage.editor.put(&path, &input).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    let content = &revision["content"];
    assert_eq!(
        (&content["registered_only"], &content["waitlist_offer_seconds"]),
        (&json!(true), &json!(3600))
    );
    assert!(
        content["registration_opens_at"].is_string()
            && content["registration_closes_at"].is_string()
    );
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["has_unsubmitted_changes"], false);
    // A window that is over already is nothing to submit, unless it was approved before.
    stage.past(Duration::hours(3));
    let over = stage.with(&json!({"slug": null, "registration_closes_at": hours(2)}));
    stage.editor.put(&path, &over).await.json(200);
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({"note": ""})).await.wrong_fields(),
        ["registration_closes_at"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_from_before_registration_reads_and_keeps_its_hash() {
    let stage = Stage::set().await;
    let plain = stage.with(&json!({"registration_opens_at": null, "registration_closes_at": null}));
    let sale = stage.publish(&plain).await;
    let content = stage.app.query("SELECT content FROM revisions").await.remove(0);
    for name in [
        "registration_opens_at",
        "registration_closes_at",
        "registered_only",
        "waitlist_offer_seconds",
    ] {
        assert!(
            content.get(name).is_none(),
            "{name} changes the hash of what was approved before it was there"
        );
    }
    let read: sales::Content = serde_json::from_value(content).unwrap();
    assert_eq!(
        (read.registration(), read.registered_only, read.waitlist_offer_seconds),
        (None, false, 600)
    );
    assert_eq!(stage.editor.get(&sale.path).await.json(200)["has_unsubmitted_changes"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_counts_who_registered_and_learns_no_addresses() {
    let (stage, sale) = Stage::open().await;
    for name in ["Mara Lind", "Noor El Amrani", "Ada"] {
        stage.app.shopper(name).await.put(&sale.registration(), &json!({})).await.json(201);
        stage.past(Duration::seconds(1));
    }
    let gone = stage.app.shopper("Gone").await;
    gone.put(&sale.registration(), &json!({})).await.json(201);
    gone.delete(&sale.registration()).await.expect(204);
    let path = format!("{}/registrations", sale.path);
    for client in [&stage.editor, &stage.manager] {
        let first = client.get(&format!("{path}?limit=2")).await.json(200);
        let names = |page: &Value| {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (first["count"].as_i64(), names(&first)),
            (Some(3), vec!["Ada".to_owned(), "Noor A.".to_owned()])
        );
        assert!(!first.to_string().contains('@'), "{first}");
        let second = client
            .get(&format!("{path}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))
            .await
            .json(200);
        assert_eq!(
            (names(&second), &second["next_cursor"]),
            (vec!["Mara L.".to_owned()], &Value::Null)
        );
    }
    assert_eq!(stage.editor.get(&format!("{path}?limit=0")).await.wrong_fields(), ["limit"]);
    assert_eq!(
        stage.editor.get(&format!("{}/statistics", sale.path)).await.json(200)["totals"]["registered"],
        3
    );
    assert!(
        stage
            .editor
            .get(&format!("{}/statistics.csv", sale.path))
            .await
            .expect(200)
            .contains("registered,,,3,")
    );

    let stranger = stage.app.provider("stranger").await;
    let theirs = stage.app.member(stranger, "owner").await;
    theirs.get(&path).await.problem(404);
    theirs
        .get(&format!("/api/v1/providers/{stranger}/sales/{}/registrations", sale.id))
        .await
        .problem(404);
    stage
        .editor
        .get(&format!("{}/{}/registrations", stage.sales(), Uuid::now_v7()))
        .await
        .problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_redirect_sale_for_the_registered_nobody_else_is_led_on() {
    let stage = Stage::set().await;
    let input = stage.with(&json!({"mode": "redirect", "redirect_url": "https://cart.example/buy", "registered_only": true}));
    let sale = stage.publish(&input).await;
    stage.past(Duration::hours(2));
    let (ada, eve) = (stage.app.shopper("ada").await, stage.app.shopper("eve").await);
    ada.put(&sale.registration(), &json!({})).await.json(201);
    stage.past(Duration::days(3));
    let item =
        stage.app.query("SELECT to_jsonb(id) FROM sale_items ORDER BY position").await.remove(0);
    let click = json!({"sale_item_id": item, "quantity": 1});
    let path = format!("/api/v1/sales/{}/click-outs", sale.slug);
    assert_eq!(stage.app.anonymous().post(&path, &click).await.problem(401), "unauthenticated");
    assert_eq!(eve.post(&path, &click).await.problem(409), "not_registered");
    ada.post(&path, &click).await.json(201);
}

/// Shoppers registered at this moment, without going through the door; enough of them at once.
async fn crowd(stage: &Stage, sale: &Sale, count: i32) {
    let mut tx = stage.app.platform.db.platform("test").await.unwrap();
    sqlx::query(
        "WITH people AS (
             INSERT INTO accounts (id, email, name) SELECT gen_random_uuid(), 'crowd-' || n || '@test.example', 'Crowd <' || n || '>' FROM generate_series(1, $4) AS n
             RETURNING id
         )
         INSERT INTO registrations (tenant_id, sale_id, account_id, created_at) SELECT $1, $2, id, $3 FROM people",
    )
    .bind(stage.tenant.0)
    .bind(sale.id.0)
    .bind(stage.app.platform.clock.now())
    .bind(count)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// The letters written from a template: how many, to how many people, and how many jobs send them.
async fn letters(stage: &Stage, template: &str) -> (i64, i64, i64) {
    let mut tx = stage.app.platform.db.platform("test").await.unwrap();
    sqlx::query_as(
        "SELECT count(*), count(DISTINCT m.recipient), count(j.id)
         FROM messages m LEFT JOIN graphile_worker._private_jobs j ON j.payload->>'message_id' = m.id::text
         WHERE m.template = $1",
    )
    .bind(template)
    .fetch_one(&mut *tx)
    .await
    .unwrap()
}

async fn write_due(stage: &Stage) {
    notifications::write_due(&stage.app.platform, &stage.app.themes).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_confirmed_by_letter_once() {
    let (stage, sale) = Stage::open().await;
    let (ada, eve) = (stage.app.shopper("Ada").await, stage.app.shopper("Eve").await);
    ada.put(&sale.registration(), &json!({})).await.json(201);
    ada.put(&sale.registration(), &json!({})).await.json(200);
    eve.put(&sale.registration(), &json!({})).await.json(201);
    eve.delete(&sale.registration()).await.expect(204);
    stage.app.run_jobs().await;
    let told = stage.app.query("SELECT jsonb_build_object('subject', subject, 'text', body_text) FROM messages WHERE template = 'registered'").await;
    assert_eq!(
        (told.len(), &told[0]["subject"]),
        (1, &json!("You are registered for Stoneware at dawn"))
    );
    let text = told[0]["text"].as_str().unwrap();
    assert!(text.contains("We remind you one day before") && !text.contains('<'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_are_reminded_each_once_whatever_dies() {
    let (stage, sale) = Stage::open().await;
    crowd(&stage, &sale, 2_000).await;
    // A worker has been here: the queue knows its jobs by name.
    stage.app.run_jobs().await;
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_reminder").await, (0, 0, 0), "too early");
    stage.past(Duration::days(2));
    latecomer(&stage, &sale).await;

    // A node that dies with a batch in hand has written nothing.
    let platform = &stage.app.platform;
    let mut tx = platform.db.platform("test").await.unwrap();
    let round =
        sales::RegistrationMailing::due(&mut tx, platform.clock.now()).await.unwrap().remove(0);
    let mut after = None;
    for _ in 0..2 {
        after = notifications::write_batch(&mut tx, platform, &stage.app.themes, &round, after)
            .await
            .unwrap();
        assert!(after.is_some());
    }
    drop(tx);
    assert_eq!(letters(&stage, "sale_reminder").await, (0, 0, 0), "nothing was committed");

    // One node has a batch in hand while two others work; then it dies too.
    let mut slow = platform.db.platform("test").await.unwrap();
    notifications::write_batch(&mut slow, platform, &stage.app.themes, &round, None).await.unwrap();
    tokio::join!(write_due(&stage), write_due(&stage));
    assert_eq!(
        letters(&stage, "sale_reminder").await,
        (1_500, 1_500, 1_500),
        "what one has in hand the others pass over"
    );
    drop(slow);
    tokio::join!(write_due(&stage), write_due(&stage), write_due(&stage));
    assert_eq!(letters(&stage, "sale_reminder").await, (2_000, 2_000, 2_000));

    // A round is over once nobody can be missing, and stays over.
    stage.past(Duration::minutes(2));
    write_due(&stage).await;
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_reminder").await, (2_000, 2_000, 2_000));
    let done = stage
        .app
        .query("SELECT to_jsonb(kind) FROM registration_mailings WHERE done_at IS NOT NULL")
        .await;
    assert_eq!(done, [json!("reminder")]);

    stage.past(Duration::days(1));
    tokio::join!(write_due(&stage), write_due(&stage));
    assert_eq!(
        letters(&stage, "sale_started").await,
        (2_001, 2_001, 2_001),
        "at the start latecomers are told too"
    );
    let sample = stage.app.query("SELECT jsonb_build_object('text', body_text, 'html', body_html, 'subject', subject) FROM messages WHERE template = 'sale_reminder' AND recipient = 'crowd-7@test.example'").await;
    let (text, html) = (sample[0]["text"].as_str().unwrap(), sample[0]["html"].as_str().unwrap());
    assert!(
        text.starts_with("Hello Crowd <7>,") && html.contains("Hello Crowd &lt;7&gt;,"),
        "{text}\n{html}"
    );
    assert!(
        !text.contains('\u{E000}') && !html.contains('\u{E000}') && text.contains(&sale.slug),
        "{text}"
    );
}

/// One who registers when reminders are due already.
async fn latecomer(stage: &Stage, sale: &Sale) {
    let mut tx = stage.app.platform.db.platform("test").await.unwrap();
    let late = stage.app.account("late", &[]).await.1;
    sqlx::query("INSERT INTO registrations (tenant_id, sale_id, account_id, created_at) VALUES ($1, $2, $3, $4)")
        .bind(stage.tenant.0)
        .bind(sale.id.0)
        .bind(late.0)
        .bind(stage.app.platform.clock.now())
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halted_or_cancelled_sale_reminds_nobody_and_a_moved_one_at_its_new_time() {
    let (stage, sale) = Stage::open().await;
    crowd(&stage, &sale, 3).await;
    let (reason, counts) = (json!({"reason": "The kiln broke."}), |n: i64| (n, n.min(3), n));
    let start = |input: &Value| {
        OffsetDateTime::parse(input["starts_at"].as_str().unwrap(), &Rfc3339).unwrap()
    };
    let moved_by = |days| {
        let mut input = stage.with(&json!({"slug": null}));
        input["starts_at"] = at(start(&stage.input) + Duration::days(days)).into();
        input["ends_at"] = at(start(&stage.input) + Duration::days(days + 1)).into();
        input
    };
    stage.editor.put(&sale.path, &moved_by(2)).await.json(200);
    stage.approve(&sale.path).await;
    stage.past(Duration::days(2));
    write_due(&stage).await;
    assert_eq!(
        letters(&stage, "sale_reminder").await,
        counts(0),
        "the old time is no time any more"
    );

    stage.past(Duration::days(2));
    stage.manager.post(&format!("{}/halt", sale.path), &reason).await.json(200);
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_reminder").await, counts(0), "halted");
    stage.manager.post(&format!("{}/resume", sale.path), &json!({})).await.json(200);
    stage.app.set_state(stage.tenant, "providers", "suspended").await;
    write_due(&stage).await;
    assert_eq!(
        letters(&stage, "sale_reminder").await,
        counts(0),
        "a suspended provider sells nothing"
    );
    stage.app.set_state(stage.tenant, "providers", "approved").await;
    write_due(&stage).await;
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_reminder").await, counts(3));

    // What was said is wrong now: they hear of the new start, once.
    stage.editor.put(&sale.path, &moved_by(4)).await.json(200);
    stage.approve(&sale.path).await;
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_reminder").await, counts(3));
    stage.past(Duration::days(2));
    write_due(&stage).await;
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_reminder").await, counts(6));

    stage.manager.post(&format!("{}/cancel", sale.path), &reason).await.json(200);
    stage.past(Duration::days(1));
    write_due(&stage).await;
    assert_eq!(letters(&stage, "sale_started").await, counts(0), "a cancelled sale does not start");
}
