//! What a provider's shoppers see of it: its settings, and its pack, checked whole and then applied.

use std::path::PathBuf;

use serde_json::{Value, json};
use smp::{providers::apply_packs, sales::SaleMode};

use crate::{providers::application, support::TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_and_kept() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    let provider = format!("/api/v1/providers/{tenant}");
    let changed = owner.patch_newest(&provider, &json!({"about": "We weave.", "support_url": "https://atelier.example/help", "support_phone": null})).await.json(200);
    assert_eq!((&changed["about"], &changed["support_phone"]), (&json!("We weave."), &Value::Null));
    assert_eq!(changed["support_email"], "help@atelier.example", "what is left out stays");
    assert_eq!(
        owner.patch_newest(&provider, &json!({"support_url": ""})).await.json(200)["support_url"],
        Value::Null
    );
    let bad = json!({"support_email": "", "support_phone": "030", "support_url": "javascript:alert(1)", "about": "x".repeat(4001)});
    assert_eq!(
        owner.patch_newest(&provider, &bad).await.wrong_fields(),
        ["about", "support_email", "support_phone", "support_url"]
    );
    assert_eq!(
        owner.patch_newest(&provider, &json!({"state": "approved"})).await.wrong_fields(),
        ["state"]
    );
    owner
        .put_newest(&format!("{provider}/cart-origins"), &json!({"cart_origins": []}))
        .await
        .problem(403);

    let set = json!({"cart_origins": ["https://Shop.example/", "http://127.0.0.1:9090"]});
    let origins =
        manager.put_newest(&format!("{provider}/cart-origins"), &set).await.json(200)["cart_origins"]
            .clone();
    assert_eq!(origins, json!(["https://shop.example", "http://127.0.0.1:9090"]));
    let bad = json!({"cart_origins": ["http://shop.example", "https://ok.example", "https://shop.example/cart", "//x"]});
    assert_eq!(
        manager.put_newest(&format!("{provider}/cart-origins"), &bad).await.wrong_fields(),
        ["cart_origins.0", "cart_origins.2", "cart_origins.3"]
    );
    assert_eq!(owner.get(&provider).await.json(200)["cart_origins"], origins);

    let wrong = manager.post("/api/v1/providers", &json!({"name": "", "slug": "A B", "country": "XX", "product_category": "", "owner_email": "x"})).await;
    assert_eq!(
        wrong.wrong_fields(),
        ["name", "slug", "country", "product_category", "owner_email"]
    );
    let mut wrong = application();
    (wrong["regions"], wrong["support_phone"]) = (json!(["DE", "XX"]), json!("1"));
    assert_eq!(
        owner.patch_newest(&format!("{provider}/application"), &wrong).await.wrong_fields(),
        ["support_phone", "regions.1"]
    );
}

/// A folder of packs that goes when the test ends.
struct Packs(PathBuf);

impl Packs {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("smp-packs-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

impl Drop for Packs {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_has_a_page_with_its_legal_notice_and_terms() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let visitor = app.anonymous();
    let link = "href=\"/sellers/atelier\"";
    assert!(visitor.get(&format!("/sales/{}", sale.slug)).await.expect(200).contains(link));
    let shopper = app.shopper("ada").await;
    let order = shopper.buy(&sale, 1).await;
    assert!(shopper.get(&format!("/orders/{order}")).await.expect(200).contains(link));
    app.run_jobs().await;
    let emails = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'order_confirmed'")
        .await;
    assert!(emails[0].as_str().unwrap().contains("/sellers/atelier"), "{emails:?}");
    assert!(visitor.get("/sitemap.xml").await.expect(200).contains("/sellers/atelier</loc>"));

    // Without a pack: what the profile has, and a word about what is missing.
    let page = visitor.get("/sellers/atelier").await;
    for text in ["Atelier", "Germany", "help@atelier.example", "not published a full address"] {
        assert!(page.expect(200).contains(text), "no {text:?} in {}", page.text);
    }
    assert!(page.text.contains("no terms of its own"), "{}", page.text);
    visitor.get("/sellers/nobody").await.expect(404);

    let dir = Packs::new();
    dir.write(
        "atelier/tenant.toml",
        "[legal]\ncompany = \"Atelier Nord GmbH\"\naddress = \"\"\"\nWeg 7\n10115 <Berlin>\"\"\"\n\
         vat_id = \"DE123\"\nterms = \"One.\\n\\nTwo.\"\n",
    );
    apply_packs(&app.platform, &dir.0).await.unwrap();
    let mut page = visitor.get("/sellers/atelier").await;
    for _ in 0..50 {
        if page.text.contains("Atelier Nord GmbH") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = visitor.get("/sellers/atelier").await;
    }
    for text in [
        "Atelier Nord GmbH",
        "Weg 7<br>10115 &lt;Berlin&gt;",
        "DE123",
        "<p>One.</p>",
        "<p>Two.</p>",
    ] {
        assert!(page.expect(200).contains(text), "no {text:?} in {}", page.text);
    }
    assert!(!page.text.contains("not published a full address"));
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_are_checked_whole_and_applied_once() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let owner = app.member(tenant, "owner").await;
    let provider = format!("/api/v1/providers/{tenant}");
    assert_eq!(owner.get(&provider).await.json(200)["time_zone"], Value::Null);
    let dir = Packs::new();
    dir.write("_default/tenant.toml", "anything");
    dir.write("notes.txt", "no pack");
    dir.write(
        "atelier/tenant.toml",
        "name = \"Atelier\"\naccent = \"#224466\"\ntime_zone = \"Europe/Dublin\"\n[support]\nemail = \"help@atelier.example\"\n",
    );
    dir.write("atelier/theme/pages/sale.hbs", "<h1>{{sale.title}}</h1>");
    dir.write("atelier/theme/css/sale.css", "h1{color:red}");
    let apply = async |path: PathBuf| {
        apply_packs(&app.platform, &path).await.map_err(|error| error.to_string())
    };
    assert_eq!(apply(dir.0.clone()).await.unwrap(), ["atelier: applied, with 2 theme file(s)"]);
    assert_eq!(apply(dir.0.join("atelier")).await.unwrap(), ["atelier: unchanged"]);
    let stored = app.query("SELECT to_jsonb(t) FROM tenant_packs t").await;
    assert_eq!((stored.len(), &stored[0]["tenant_id"]), (1, &json!(tenant)));
    assert_eq!(
        stored[0]["settings"],
        json!({
            "name": "Atelier", "accent": "#224466", "time_zone": "Europe/Dublin",
            "support": {"email": "help@atelier.example"},
        })
    );
    assert_eq!(owner.get(&provider).await.json(200)["time_zone"], "Europe/Dublin");
    assert_eq!(stored[0]["files"]["pages/sale.hbs"], "<h1>{{sale.title}}</h1>");
    dir.write("atelier/theme/pages/sale.hbs", "<h2>{{sale.title}}</h2>");
    assert_eq!(apply(dir.0.clone()).await.unwrap(), ["atelier: applied, with 2 theme file(s)"]);

    // A template that parses and cannot be rendered is refused, with its name and line.
    dir.write("atelier/theme/pages/sale.hbs", "<h2>{{sale.title}}</h2>\n{{> no-such-part}}");
    dir.write("atelier/theme/emails/welcome.hbs", "{{shout recipient.name}}");
    let refusal = apply(dir.0.clone()).await.unwrap_err();
    for part in
        ["atelier: theme/pages/sale: ", "line 2", "atelier: theme/emails/welcome: ", "shout"]
    {
        assert!(refusal.contains(part), "{part} in {refusal}");
    }
    std::fs::remove_file(dir.0.join("atelier/theme/emails/welcome.hbs")).unwrap();

    // Everything wrong is told at once, and nothing is applied.
    dir.write("atelier/tenant.toml", "name = \"Changed\"\naccent = \"red\"\nfont = \"x\"\n");
    dir.write("atelier/theme/pages/sale.hbs", "\n{{#if x}}never closed");
    dir.write("atelier/theme/pages/salle.hbs", "misspelt");
    dir.write("atelier/theme/js/evil.js", "alert(1)");
    dir.write("atelier/theme/css/base.css", [0xff, 0xfe]);
    dir.write("atelier/theme/css/order.css", vec![b' '; 256 * 1024 + 1]);
    dir.write("nobody/tenant.toml", "");
    dir.write("empty/readme.txt", "");
    std::os::unix::fs::symlink("/etc/passwd", dir.0.join("atelier/theme/css/link.css")).unwrap();
    let problems = apply(dir.0.clone()).await.unwrap_err();
    for part in [
        "atelier: tenant.toml: accent: \"red\"",
        "atelier: tenant.toml: font: Is not a setting",
        "atelier: theme/pages/sale.hbs cannot be parsed",
        "atelier: theme/pages/salle.hbs is not a file of _default",
        "atelier: theme/js/evil.js is not a kind of file",
        "atelier: theme/css/base.css is not text",
        "atelier: theme/css/order.css is larger than 256 KiB",
        "atelier: theme/css/link.css is a link",
        "nobody: no provider has the slug \"nobody\"",
        "empty: tenant.toml cannot be read",
    ] {
        assert!(problems.contains(part), "{part} not in {problems}");
    }
    assert_eq!(app.query("SELECT settings->'name' FROM tenant_packs").await, [json!("Atelier")]);
    assert!(apply(dir.0.join("missing")).await.unwrap_err().contains("cannot be read"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_packs_that_come_with_smp_can_be_applied() {
    let app = TestApp::start().await;
    let dir = app.platform.config.tenants_dir.clone();
    let slugs: Vec<String> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "_default")
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    for slug in &slugs {
        app.provider(slug).await;
    }
    assert_eq!(apply_packs(&app.platform, &dir).await.unwrap().len(), slugs.len());
}
