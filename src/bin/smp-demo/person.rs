//! A person of the demo world at work: an HTTP client of SMP's API and pages, with cookies.

use std::{collections::BTreeMap, sync::Mutex};

use anyhow::Context;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

pub struct Person {
    http: Client,
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Person {
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { http, base: base.to_owned(), cookies: Mutex::default() })
    }

    /// A person with an account, signed in.
    pub async fn signed_in(base: &str, email: &str, password: &str) -> anyhow::Result<Self> {
        let person = Self::new(base)?;
        person.post("/api/v1/session", &json!({"email": email, "password": password})).await?;
        Ok(person)
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.json(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.json(self.request(Method::PUT, path).json(body)).await
    }

    /// Edits what is at `path`, where `read` answers it with its version.
    pub async fn edit(
        &self,
        method: Method,
        path: &str,
        read: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let seen = format!("\"{}\"", self.get(read).await?["version"]);
        self.json(self.request(method, path).header("If-Match", seen).json(body)).await
    }

    /// Visits a page, as a browser does; the answer may be a redirect.
    pub async fn visit(&self, path: &str) -> anyhow::Result<Response> {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a file to the URL that an asset's `upload` names.
    pub async fn upload(&self, upload: &Value, bytes: Vec<u8>) -> anyhow::Result<()> {
        let url = upload["url"].as_str().context("an upload without a URL")?;
        let mut request = self.http.put(url).body(bytes);
        for (name, value) in upload["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().ok()?.get(name).cloned()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let cookies = self
            .cookies
            .lock()
            .map(|jar| {
                jar.iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
                    .join("; ")
            })
            .unwrap_or_default();
        let request = self.http.request(method, url);
        if cookies.is_empty() { request } else { request.header("Cookie", cookies) }
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await?;
        for cookie in response.headers().get_all("Set-Cookie") {
            let pair = cookie.to_str().ok().and_then(|c| c.split(';').next()?.split_once('='));
            if let (Some((name, value)), Ok(mut jar)) = (pair, self.cookies.lock()) {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }

    async fn json(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let response = self.send(request).await?;
        let (status, url) = (response.status(), response.url().clone());
        let text = response.text().await?;
        anyhow::ensure!(status.is_success(), "{url} answered {status}: {text}");
        if text.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&text).with_context(|| format!("{url} answered no JSON"))
        }
    }
}
