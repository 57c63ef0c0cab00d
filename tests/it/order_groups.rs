//! Orders and payments that are committed in groups: each gets its own answer, and one that breaks
//! spoils no other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::join_all;
use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, Error, TenantId},
    orders::{self, BillingInput, Checkout, OrderView, PaymentRequest, PaymentView},
    payments::{BankAnswer, PaymentState},
    sales::SaleMode,
    stock,
};
use sqlx::{Connection, PgConnection};

use crate::{
    receipt::{end, receipt},
    support::{
        TestApp,
        sales::LiveSale,
        shop::address,
        stock::{assert_stock_agrees, hold},
    },
};

const SAND_MINOR: i64 = 4900;

/// Shoppers that were never asked for a password, with an address of this kind.
async fn shoppers(app: &TestApp, kind: &str, count: usize) -> Vec<AccountId> {
    let mut owner = PgConnection::connect(&app.owner_url).await.unwrap();
    let mut accounts = vec![];
    for nth in 0..count {
        let account = AccountId::new();
        sqlx::query("INSERT INTO accounts (id, email, name) VALUES ($1, $2, 'Shopper')")
            .bind(account.0)
            .bind(format!("{kind}-{nth}@shop.example"))
            .execute(&mut owner)
            .await
            .unwrap();
        accounts.push(account);
    }
    owner.close().await.unwrap();
    accounts
}

/// Raises the capacity of the first item.
async fn enlarge(app: &TestApp, tenant: TenantId, sale: &LiveSale, capacity: i32) {
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    sqlx::query(
        "UPDATE stock SET verified = greatest(verified, $3), capacity = $3
         WHERE tenant_id = $1 AND sale_item_id = $2",
    )
    .bind(tenant.0)
    .bind(sale.items[0].0)
    .bind(capacity)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn hold_each(app: &TestApp, sale: &LiveSale, accounts: &[AccountId]) {
    // A key stands for one press at a provider, whichever of its sales it is of.
    let key = format!("a press in {}", sale.slug);
    let holding =
        accounts.iter().map(|account| hold(&app.allocator, sale.request(0, *account, 1, &key)));
    for held in join_all(holding).await {
        held.unwrap();
    }
}

async fn place(app: &TestApp, account: AccountId, total: Option<i64>) -> Result<OrderView, Error> {
    let checkout = Checkout {
        address: serde_json::from_value(address()).unwrap(),
        billing: BillingInput::default(),
        email: None,
        currency: None,
        hold_ids: None,
        expected_total_minor: total,
    };
    orders::place(&app.platform, account, checkout).await
}

async fn pay(app: &TestApp, account: AccountId, number: &str) -> Result<PaymentView, Error> {
    let request = PaymentRequest {
        gateway: "sandbox",
        phone: None,
        sandbox_answer: Some(BankAnswer::Approve),
        same_press_since: None,
    };
    orders::pay(&app.platform, account, number, request).await
}

/// What an answer came to: `placed`, or the code of its refusal.
fn word<T>(answer: &Result<T, Error>) -> &'static str {
    match answer {
        Ok(_) => "placed",
        Err(Error::Conflict { code, .. }) => code,
        Err(error) => panic!("not refused, but {error:?}"),
    }
}

/// Orders by how many events of a kind name them.
fn times_told(events: &[Value]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for event in events {
        *times.entry(event["order_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_place_and_pay_at_once_and_each_gets_its_own_answer() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let other = app.live_sale(tenant, SaleMode::Hosted).await;
    enlarge(&app, tenant, &sale, 300).await;
    let buyers = shoppers(&app, "buyer", 150).await;
    let late = shoppers(&app, "late", 20).await;
    let misled = shoppers(&app, "misled", 10).await;
    let torn = shoppers(&app, "torn", 10).await;
    let empty = shoppers(&app, "empty", 10).await;
    for accounts in [&buyers, &late, &misled, &torn] {
        hold_each(&app, &sale, accounts).await;
    }
    hold_each(&app, &other, &torn).await;
    app.edit_content(tenant, other.id, "currency", json!("USD")).await;
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let past = app.platform.clock.now() - time::Duration::minutes(1);
    let late_ids: Vec<uuid::Uuid> = late.iter().map(|account| account.0).collect();
    sqlx::query("UPDATE holds SET expires_at = $1 WHERE account_id = ANY($2)")
        .bind(past)
        .bind(&late_ids)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    // The first ten press twice.
    let right = buyers.iter().chain(&buyers[..10]).map(|account| (*account, Some(SAND_MINOR)));
    let refused = late.iter().chain(&torn).chain(&empty).map(|account| (*account, None));
    let wrong = misled.iter().map(|account| (*account, Some(1)));
    let asked: Vec<(AccountId, Option<i64>)> = wrong.chain(refused).chain(right).collect();
    let placing = asked.iter().map(|(account, total)| place(&app, *account, *total));
    let answers: Vec<_> = join_all(placing).await;
    let mut numbers: HashMap<AccountId, BTreeSet<String>> = HashMap::new();
    for ((account, _), answer) in asked.iter().zip(&answers) {
        let expected = match account {
            account if late.contains(account) => "hold_expired",
            account if torn.contains(account) => "mixed_currencies",
            account if empty.contains(account) => "cart_empty",
            account if misled.contains(account) => "price_changed",
            _ => "placed",
        };
        assert_eq!(word(answer), expected);
        if let Ok(order) = answer {
            assert_eq!(order.total.amount, SAND_MINOR);
            numbers.entry(*account).or_default().insert(order.number.clone());
        }
    }
    assert_eq!(numbers.len(), 150);
    assert!(numbers.values().all(|numbers| numbers.len() == 1), "two presses are one order");

    let numbers: HashMap<AccountId, String> = numbers
        .into_iter()
        .map(|(account, numbers)| (account, numbers.into_iter().next().unwrap()))
        .collect();
    let twice = buyers.iter().chain(&buyers[..10]);
    let paying = twice.clone().map(|account| pay(&app, *account, &numbers[account]));
    let paid = join_all(paying).await;
    let mut succeeded: BTreeSet<AccountId> = BTreeSet::new();
    for (account, answer) in twice.zip(paid) {
        match answer {
            Ok(payment) => {
                assert_eq!(payment.state, PaymentState::Succeeded);
                assert!(succeeded.insert(*account), "an order was paid twice");
            }
            Err(Error::Conflict { code, .. }) => {
                assert!(["payment_under_way", "already_paid"].contains(&code), "{code}");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(succeeded.len(), 150);

    for kind in ["order.placed", "payment.attempted", "order.confirmed"] {
        let times = times_told(&app.told(kind).await);
        assert_eq!(times.len(), 150, "{kind}");
        assert!(times.values().all(|times| *times == 1), "{kind} was told twice");
    }
    let orders = app.query("SELECT to_jsonb(state) FROM orders").await;
    assert_eq!(orders, vec![json!("confirmed"); 150]);
    stock::expire_due(&app.platform).await.unwrap();
    let checked = assert_stock_agrees(&app, &sale).await;
    let first = checked.iter().find(|check| check.sale_item_id == sale.items[0]).unwrap();
    assert_eq!((first.held, first.sold), (20, 150), "the misled and the torn hold theirs still");
    app.run_jobs().await;
    end(&app).await;
    receipt(&app, &sale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_breaks_its_group_spoils_only_itself() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let accounts = shoppers(&app, "buyer", 12).await;
    let (unplaceable, unpayable) = (accounts[3], accounts[7]);
    hold_each(&app, &sale, &accounts).await;
    let mut owner = PgConnection::connect(&app.owner_url).await.unwrap();
    sqlx::raw_sql(
        "CREATE FUNCTION break_order() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF TG_OP = 'INSERT' AND NEW.email = 'buyer-3@shop.example'
                 OR TG_OP = 'UPDATE' AND NEW.email = 'buyer-7@shop.example' THEN
                 RAISE EXCEPTION 'a fault of the test' USING ERRCODE = 'check_violation';
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER break_order BEFORE INSERT OR UPDATE ON orders
             FOR EACH ROW EXECUTE FUNCTION break_order();",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    owner.close().await.unwrap();

    let placed = join_all(accounts.iter().map(|account| place(&app, *account, None))).await;
    let mut paying = vec![];
    for (account, answer) in accounts.iter().zip(placed) {
        match answer {
            Ok(order) => paying.push((*account, order.number)),
            Err(error) => {
                assert!(
                    *account == unplaceable && matches!(error, Error::Internal(_)),
                    "{error:?}"
                );
            }
        }
    }
    assert_eq!(paying.len(), 11);
    let paid = join_all(paying.iter().map(|(account, number)| pay(&app, *account, number))).await;
    for ((account, _), answer) in paying.iter().zip(paid) {
        match answer {
            Ok(payment) => assert_eq!(payment.state, PaymentState::Succeeded),
            Err(error) => {
                assert!(*account == unpayable && matches!(error, Error::Internal(_)), "{error:?}");
            }
        }
    }
    let confirmed = times_told(&app.told("order.confirmed").await);
    assert_eq!(confirmed.values().copied().collect::<Vec<_>>(), vec![1; 10]);
    let checked = assert_stock_agrees(&app, &sale).await;
    let first = checked.iter().find(|check| check.sale_item_id == sale.items[0]).unwrap();
    assert_eq!((first.held, first.sold), (2, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_leaves_has_its_order_all_the_same() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let [account] = shoppers(&app, "buyer", 1).await[..] else { panic!("one shopper") };
    hold_each(&app, &sale, &[account]).await;
    let left = tokio::time::timeout(std::time::Duration::ZERO, place(&app, account, None)).await;
    assert!(left.is_err(), "it was there before anyone could leave");
    let order = place(&app, account, None).await.unwrap();
    let orders = app.query("SELECT to_jsonb(number) FROM orders").await;
    assert_eq!(orders, [json!(order.number)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_groups_the_answers_are_the_same() {
    let app = TestApp::start_with(&[("smp_order_group", "1")]).await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let accounts = shoppers(&app, "buyer", 20).await;
    hold_each(&app, &sale, &accounts).await;
    let placed = join_all(accounts.iter().map(|account| place(&app, *account, None))).await;
    let numbers: Vec<String> = placed.into_iter().map(|order| order.unwrap().number).collect();
    let paying = accounts.iter().zip(&numbers).map(|(account, number)| pay(&app, *account, number));
    for payment in join_all(paying).await {
        assert_eq!(payment.unwrap().state, PaymentState::Succeeded);
    }
    assert_eq!(app.stock().await, (0, 20));
    assert_eq!(times_told(&app.told("order.confirmed").await).len(), 20);
}
