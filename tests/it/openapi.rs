//! The API's description: committed, whole, and the policy's match.

use std::collections::BTreeSet;

use serde_json::Value;
use smp::access::policy::Policy;

use crate::support::TestApp;

/// What one operation of the description is.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub spec: Value,
}

/// Every operation of a description.
pub fn operations(spec: &Value) -> Vec<Operation> {
    let mut operations = vec![];
    for (path, methods) in spec["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path} has no operation id"))
                .to_owned();
            operations.push(Operation {
                id,
                method: method.to_uppercase(),
                path: path.clone(),
                spec: operation.clone(),
            });
        }
    }
    operations
}

/// The text of every source file below a folder.
fn sources(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &std::fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_description_is_what_the_code_says() {
    let app = TestApp::start().await;
    let fresh = smp::http::openapi(&app.platform).unwrap();
    assert_eq!(
        fresh,
        smp::http::openapi(&app.platform).unwrap(),
        "the description differs from one time to the next"
    );
    let committed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/smp.json"))
            .unwrap_or_default();
    assert!(fresh == committed, "openapi/smp.json is stale: run `smp openapi` and commit it");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_described_whole() {
    let app = TestApp::start().await;
    let spec: Value = serde_json::from_str(&smp::http::openapi(&app.platform).unwrap()).unwrap();
    let operations = operations(&spec);
    let sources = sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let mut ids = BTreeSet::new();
    let mut wrong = vec![];
    for Operation { id, method, path, spec } in &operations {
        if !ids.insert(id.as_str()) {
            wrong.push(format!("{id} is the id of two operations"));
        }
        for part in ["tags", "summary"] {
            if spec[part].as_array().is_none_or(Vec::is_empty)
                && spec[part].as_str().is_none_or(str::is_empty)
            {
                wrong.push(format!("{id} ({method} {path}) has no {part}"));
            }
        }
        let open = Policy::permission_of(id) == Some("public");
        if spec["security"].as_array().map(Vec::is_empty) != Some(open) {
            wrong.push(format!("{id} asks for a session or key, or does not, unlike the policy"));
        }
        // The first paragraph is written, the last one says who may call it.
        let description = spec["description"].as_str().unwrap_or_default();
        if description.trim().split("\n\n").count() < 2 {
            wrong.push(format!("{id} has no description: add paragraphs to its doc comment"));
        }
        for code in description.split("`urn:smp:").skip(1).filter_map(|c| c.split('`').next()) {
            if !sources.contains(&format!("\"{code}\"")) {
                wrong.push(format!("{id} tells of urn:smp:{code}, which no code answers with"));
            }
        }
        let example = spec["responses"].as_object().unwrap().values().any(|response| {
            let content = response["content"].as_object().into_iter().flat_map(|c| c.values());
            content.clone().count() == 0 || content.clone().any(|c| c.get("example").is_some())
        });
        if !example {
            wrong.push(format!("{id} has no example: add one to openapi/examples.json"));
        }
        let responses = spec["responses"].as_object().unwrap();
        for status in ["401", "404", "422"] {
            if responses
                .get(status)
                .is_none_or(|r| r["content"]["application/problem+json"].is_null())
            {
                wrong.push(format!("{id} does not say how it answers {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let policy: BTreeSet<String> = Policy::operations().into_iter().map(str::to_owned).collect();
    let described: BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
    assert_eq!(policy, described, "policy.csv and the API speak of different operations");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_is_served() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let docs = client.get("/docs").await;
    assert!(
        docs.expect(200).contains("<title>SMP API</title>") && docs.text.contains("hold_create")
    );
    assert!(!docs.text.contains("<title>Swagger UI"));
    assert!(docs.text.contains("Anyone may call this") && docs.text.contains("LM-BOWL-OAT"));
    assert_eq!(client.get("/openapi.json").await.json(200)["info"]["title"], "SMP");
}
