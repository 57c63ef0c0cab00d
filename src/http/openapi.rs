//! The API's description: made by poem-openapi, corrected here, and read for the policy.

use std::collections::HashMap;

use poem::http::Method;
use serde_json::Value;

use crate::platform::urls::API_PREFIX;

/// The description as it is published: the same bytes every time.
///
/// poem-openapi does not say that an optional field may be null, so this adds it.
pub fn describe(spec: &str) -> anyhow::Result<String> {
    let mut spec: Value = serde_json::from_str(spec)?;
    let schemas = spec["components"]["schemas"].as_object_mut();
    for schema in schemas.into_iter().flat_map(serde_json::Map::values_mut) {
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
    Ok(serde_json::to_string_pretty(&spec)? + "\n")
}

/// (method, path pattern) → operation id, for the policy.
pub fn operations(spec: &str) -> anyhow::Result<HashMap<(Method, String), String>> {
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
