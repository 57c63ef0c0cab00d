//! Reports as a file: good lines count, and each bad one is named.

use reqwest::{Method, header};
use serde_json::{Value, json};
use smp::{
    kernel::{TenantId, limits::IMPORT_LINES_MAX},
    sales::SaleMode::Redirect,
};

use super::token;
use crate::support::{Client, TestApp, client::Answer};

async fn import(client: &Client, tenant: TenantId, csv: String) -> Answer {
    let path = format!("/api/v1/providers/{tenant}/reports/import");
    let request = client.request(Method::POST, &path).header(header::CONTENT_TYPE, "text/csv");
    client.send(request.body(csv)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn good_lines_of_a_file_count_and_bad_ones_are_named() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Redirect).await;
    let (owner, mara) = (app.member(north, "owner").await, app.shopper("mara").await);
    let path = format!("/api/v1/providers/{north}");
    let template = owner.get(&format!("{path}/reports/template")).await;
    let header = template.expect(200).trim_end().to_owned();
    assert!(header.starts_with("kind,reference,click_token"), "{header}");
    let token = token(&mara, &sale).await;
    let columns = "kind,reference,click_token,quantity,amount_minor,currency,update_reference,\
                   occurred_at,confirmed,reversal_reference,reason";
    let file = format!(
        "\u{feff}{columns}\r\n\
         reversal,C-1,,1,,,,,,r1,\"Returned, unopened\"\r\n\
         purchase,C-1,{token},2,9800,EUR,,,,,\r\n\
         update,C-1,,,,,u1,2026-11-28T10:00:00Z,true,,\r\n\
         purchase,C-2,{token},two,,EUR,,,,,\r\n\
         purchase,C-3,forged.token,1,4900,EUR,,,,,\r\n\
         gift,C-4,,,,,,,,,\r\n\
         update,C-5,,,,,u9,yesterday,perhaps,,\r\n\
         update,C-9,,,,,u1,2026-11-28T10:00:00Z,true,,\r\n"
    );
    let done = import(&owner, north, file.clone()).await.json(200);
    assert_eq!(
        (&done["counted"], &done["waiting"], &done["repeated"]),
        (&json!(2), &json!(2), &json!(0)),
        "{done}"
    );
    let refused = done["refused"].as_array().unwrap();
    let named: Vec<(&Value, &str)> = refused
        .iter()
        .map(|line| (&line["line"], line["problem"].as_str().unwrap().split(':').next().unwrap()))
        .collect();
    let expected = [(5, "quantity"), (6, "click_token"), (7, "kind"), (8, "occurred_at")];
    assert_eq!(named.len(), expected.len(), "{done}");
    for ((line, field), (at, name)) in named.iter().zip(expected) {
        assert_eq!((*line, *field), (&json!(at), name), "{done}");
    }
    let list = owner.get(&format!("{path}/conversions")).await.json(200);
    let first = &list["items"][0];
    assert_eq!(
        (&first["reference"], &first["state"], &first["reversed_quantity"], &first["channel"]),
        (&json!("C-1"), &json!("partly_reversed"), &json!(1), &json!("csv"))
    );

    // The same file again changes nothing.
    let told = app.told("conversion.reported").await.len();
    let again = import(&owner, north, file).await.json(200);
    assert_eq!(
        (&again["counted"], &again["repeated"], &again["waiting"]),
        (&json!(0), &json!(3), &json!(1)),
        "{again}"
    );
    assert_eq!(owner.get(&format!("{path}/conversions")).await.json(200), list);
    assert_eq!(app.told("conversion.reported").await.len(), told);

    app.member(north, "analyst")
        .await
        .get(&format!("{path}/reports?standing=unmatched"))
        .await
        .json(200);
    let by_analyst = import(&app.member(north, "analyst").await, north, header.clone()).await;
    by_analyst.problem(403);
    for bad in ["", "kind\n", "kind,reference,colour\n", "kind,reference,kind\n"] {
        assert_eq!(import(&owner, north, bad.to_owned()).await.wrong_fields()[0], "body", "{bad}");
    }
    let long = format!("kind,reference\n{}", "x,y\n".repeat(IMPORT_LINES_MAX + 1));
    assert_eq!(import(&owner, north, long).await.wrong_fields(), ["body"]);
    import(&owner, north, "x".repeat(300 * 1024)).await.problem(413);
}
