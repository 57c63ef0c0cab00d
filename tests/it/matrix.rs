//! Every role × every operation of the API, over HTTP, against the role matrix of the policy file
//! as a person reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use smp::access::policy;

use crate::{
    openapi::{Operation, operations},
    support::{Client, PROVIDER_ROLES, STAFF_ROLES, TestApp},
};

/// The policy read without casbin: role → operations.
struct Matrix {
    permissions: BTreeMap<String, BTreeSet<String>>,
    parents: BTreeMap<String, Vec<String>>,
    operations: BTreeMap<String, BTreeSet<String>>,
}

impl Matrix {
    fn read() -> Self {
        let mut matrix = Self {
            permissions: BTreeMap::new(),
            parents: BTreeMap::new(),
            operations: BTreeMap::new(),
        };
        for line in policy::TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<String> = line.split(", ").map(str::to_owned).collect();
            match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["p", role, permission] => drop(
                    matrix
                        .permissions
                        .entry(role.to_owned())
                        .or_default()
                        .insert(permission.to_owned()),
                ),
                ["g", role, parent] => {
                    matrix.parents.entry(role.to_owned()).or_default().push(parent.to_owned());
                }
                ["g2", operation, permission] => drop(
                    matrix
                        .operations
                        .entry(permission.to_owned())
                        .or_default()
                        .insert(operation.to_owned()),
                ),
                _ => panic!("policy.csv: {line:?}"),
            }
        }
        matrix
    }

    fn allowed(&self, role: &str) -> BTreeSet<String> {
        let own = self.permissions.get(role).into_iter().flatten();
        let mut allowed: BTreeSet<String> = own
            .flat_map(|permission| self.operations.get(permission).cloned().unwrap_or_default())
            .collect();
        for parent in self.parents.get(role).into_iter().flatten() {
            allowed.extend(self.allowed(parent));
        }
        allowed
    }
}

/// Calls an operation with ids that exist nowhere, but for the tenant.
async fn call(client: &Client, secret: Option<&str>, operation: &Operation, tenant: &str) -> u16 {
    let unknown = uuid::Uuid::now_v7().to_string();
    let path = operation.path.split('/').map(|part| match part {
        "{tenant}" => tenant.to_owned(),
        "{kind}" => "references".to_owned(),
        "{role}" => "editor".to_owned(),
        "{country}" => "DE".to_owned(),
        part if part.starts_with('{') => unknown.clone(),
        part => part.to_owned(),
    });
    let path = format!("/api/v1{}", path.collect::<Vec<_>>().join("/"));
    let mut request = client.request(operation.method.parse().unwrap(), &path);
    if let Some(secret) = secret {
        request = request.bearer_auth(secret);
    }
    if operation.spec.get("requestBody").is_some() {
        request = request.json(&json!({"no_such_field": true}));
    }
    client.send(request).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_may_do_what_the_policy_says_and_nothing_else() {
    let app = TestApp::start().await;
    let spec: Value = serde_json::from_str(&smp::http::openapi(&app.platform).unwrap()).unwrap();
    let operations = operations(&spec);
    let matrix = Matrix::read();
    let tenant = app.provider("ours").await;
    let ours = tenant.to_string();
    let mut wrong = vec![];
    let mut checked = 0;

    let mut people: Vec<(&str, &str, Client)> = vec![
        ("anyone", "anonymous", app.anonymous()),
        ("account", "shopper", app.shopper("ada").await),
    ];
    for role in PROVIDER_ROLES {
        people.push((role, role, app.member(tenant, role).await));
    }
    for role in STAFF_ROLES {
        people.push((role, role, app.staff(role).await));
    }
    for (role, name, client) in &people {
        let allowed = matrix.allowed(role);
        // Signing out and ending sessions would end the experiment.
        for operation in operations.iter().filter(|o| o.id != "session_delete") {
            let status = call(client, None, operation, &ours).await;
            let may = allowed.contains(&operation.id);
            let shut_out = match status {
                401 | 403 => true,
                // To those who are no members a tenant does not exist; with unknown ids an allowed
                // call may end in 404 too.
                404 => !may && operation.path.contains("{tenant}"),
                500.. => {
                    wrong.push(format!("{name}: {} answered {status}", operation.id));
                    continue;
                }
                _ => false,
            };
            // A wrong password or key is a 401 of its own.
            let own_401 = status == 401
                && ["session_create", "invitation_accept"].contains(&operation.id.as_str());
            if may == (shut_out && !own_401) {
                wrong.push(format!(
                    "{name}: {} answered {status}, the policy says {}",
                    operation.id,
                    if may { "may" } else { "may not" }
                ));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(checked, people.len() * (operations.len() - 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scope_of_a_key_allows_what_the_policy_says_and_nothing_else() {
    let app = TestApp::start().await;
    let spec: Value = serde_json::from_str(&smp::http::openapi(&app.platform).unwrap()).unwrap();
    let operations = operations(&spec);
    let matrix = Matrix::read();
    let tenant = app.provider("ours").await;
    let (ours, theirs) = (tenant.to_string(), app.provider("theirs").await.to_string());
    let owner = app.member(tenant, "owner").await;
    let scopes: Vec<&str> =
        matrix.permissions.keys().filter_map(|role| role.strip_prefix("scope:")).collect();
    assert!(scopes.len() >= 5, "{scopes:?}");
    let server = app.anonymous();
    let mut wrong = vec![];
    for scope in scopes {
        let input = json!({"name": "Server", "scopes": [scope]});
        let keys = format!("/api/v1/providers/{ours}/api-keys");
        let made = owner.post(&keys, &input).await.json(201);
        let secret = made["secret"].as_str().unwrap();
        let allowed = matrix.allowed(&format!("scope:{scope}"));
        let public = matrix.allowed("anyone");
        for operation in operations.iter().filter(|o| !public.contains(&o.id)) {
            let may = allowed.contains(&operation.id);
            let status = call(&server, Some(secret), operation, &ours).await;
            if may == [401, 403].contains(&status) || status >= 500 {
                wrong.push(format!("{scope}: {} answered {status}, may: {may}", operation.id));
            }
            if operation.path.contains("{tenant}") {
                let status = call(&server, Some(secret), operation, &theirs).await;
                if ![401, 403, 404].contains(&status) {
                    wrong.push(format!("{scope} elsewhere: {} answered {status}", operation.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_of_one_tenant_reaches_another() {
    let app = TestApp::start().await;
    let spec: Value = serde_json::from_str(&smp::http::openapi(&app.platform).unwrap()).unwrap();
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await.to_string());
    let mut wrong = vec![];
    for role in PROVIDER_ROLES {
        let client = app.member(ours, role).await;
        for operation in operations(&spec).iter().filter(|o| o.path.contains("{tenant}")) {
            let status = call(&client, None, operation, &theirs).await;
            if status != 404 {
                wrong.push(format!("{role} of another tenant: {} answered {status}", operation.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
