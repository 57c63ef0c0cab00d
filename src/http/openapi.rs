//! The API's description: made by poem-openapi, completed here, and read for the policy.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use anyhow::Context;
use poem::http::Method;
use poem_openapi::{OpenApi, OpenApiService};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::docs::docs_page;
use crate::{
    access::{callers_in_words, policy::Policy},
    platform::urls::API_PREFIX,
};

/// One example for each operation, recorded by a test: see `tests/it/examples.rs`.
const EXAMPLES: &str = include_str!("../../openapi/examples.json");

/// An example of a call, as far as the description shows it.
#[derive(Deserialize)]
struct Example {
    operation: String,
    request: ExampleRequest,
    answer: ExampleAnswer,
}

#[derive(Deserialize)]
struct ExampleRequest {
    /// Values of the parameters in the path, the query and the headers, by name.
    #[serde(default)]
    parameters: HashMap<String, Value>,
    body: Option<Value>,
}

#[derive(Deserialize)]
struct ExampleAnswer {
    status: u16,
    body: Option<Value>,
}

/// What is published of the API.
pub struct ApiDescription {
    pub json: String,
    /// The page `/docs`.
    pub docs: String,
    /// (method, path pattern) → operation id, for the policy.
    pub operations: Arc<HashMap<(Method, String), String>>,
}

/// What is published of the API, made once: no setting changes it, and making it takes long.
pub fn description(
    service: &OpenApiService<impl OpenApi + 'static, ()>,
) -> anyhow::Result<&'static ApiDescription> {
    static DESCRIPTION: OnceLock<ApiDescription> = OnceLock::new();
    if let Some(made_before) = DESCRIPTION.get() {
        return Ok(made_before);
    }
    let made = service.spec();
    let json = describe(&made)?;
    let docs = docs_page(&service.swagger_ui_html(), &made, &json);
    let operations = Arc::new(operations(&json)?);
    Ok(DESCRIPTION.get_or_init(|| ApiDescription { json, docs, operations }))
}

/// The description as it is published: the same bytes every time.
///
/// Adds what poem-openapi does not say: that an optional field may be null, who may call an
/// operation, and an example of each.
fn describe(spec: &str) -> anyhow::Result<String> {
    let mut spec: Value = serde_json::from_str(spec)?;
    add_nulls(&mut spec);
    let examples: Vec<Example> = serde_json::from_str(EXAMPLES).context("openapi/examples.json")?;
    let examples: HashMap<&str, &Example> =
        examples.iter().map(|example| (example.operation.as_str(), example)).collect();
    let paths = spec["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let text = operation["description"].as_str().unwrap_or_default();
        let callers = callers_in_words(&id);
        operation["description"] = format!("{text}\n\n{callers}").into();
        // An alternative to be anonymous would be drawn as a lock that is closed.
        if Policy::permission_of(&id) == Some("public") {
            operation["security"] = Value::Array(vec![]);
        }
        if let Some(example) = examples.get(id.as_str()) {
            add_example(operation, example);
        }
    }
    Ok(serde_json::to_string_pretty(&spec)? + "\n")
}

fn add_example(operation: &mut Value, example: &Example) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        if let Some(value) = example.request.parameters.get(name) {
            parameter["example"] = value.clone();
        }
    }
    let add = |holder: &mut Value, body: &Option<Value>| {
        let content = holder.get_mut("content").and_then(Value::as_object_mut);
        let content = content.and_then(|content| content.values_mut().next());
        if let (Some(content), Some(body)) = (content, body) {
            content["example"] = body.clone();
        }
    };
    if let Some(body) = operation.get_mut("requestBody") {
        add(body, &example.request.body);
    }
    let status = example.answer.status.to_string();
    if let Some(response) = operation["responses"].get_mut(&status) {
        add(response, &example.answer.body);
    }
}

fn add_nulls(spec: &mut Value) {
    let schemas = spec["components"]["schemas"].as_object_mut();
    for schema in schemas.into_iter().flat_map(Map::values_mut) {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if required.iter().any(|required| required == name.as_str())
                || property.get("default").is_some()
            {
                continue;
            }
            // OpenAPI 3.0 ignores everything beside a `$ref`, so the reference is wrapped.
            if property.get("$ref").is_some() {
                *property = serde_json::json!({"allOf": [property.take()]});
            }
            property["nullable"] = true.into();
        }
    }
}

fn operations(spec: &str) -> anyhow::Result<HashMap<(Method, String), String>> {
    let spec: Value = serde_json::from_str(spec)?;
    let mut operations = HashMap::new();
    for (path, methods) in spec["paths"].as_object().into_iter().flatten() {
        let pattern = format!("{API_PREFIX}{}", by_position(path));
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let id = operation["operationId"]
                .as_str()
                .ok_or_else(|| anyhow::anyhow!("{method} {path} has no operation id"))?;
            operations.insert((method.to_uppercase().parse()?, pattern.clone()), id.to_owned());
        }
    }
    Ok(operations)
}

/// The pattern poem-openapi routes a path by: `/a/{b}/c/{d}` is `/a/:param0/c/:param1`.
fn by_position(path: &str) -> String {
    let mut count = 0;
    let segment = |segment: &str| {
        if !segment.starts_with('{') {
            return segment.to_owned();
        }
        count += 1;
        format!(":param{}", count - 1)
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}
