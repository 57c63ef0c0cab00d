//! An HTTP client with a cookie jar, as one person's browser.

use reqwest::{Method, StatusCode};
use serde_json::Value;

pub struct Client {
    http: reqwest::Client,
    base: String,
    cookies: std::sync::Mutex<std::collections::BTreeMap<String, String>>,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    request: String,
}

impl Client {
    pub fn new(base: &str) -> Self {
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.to_owned(), cookies: std::sync::Mutex::default() }
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) {
        self.post("/api/v1/session", &serde_json::json!({"email": email, "password": password}))
            .await
            .json(200);
    }

    /// The value of a cookie this client holds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// The page once it is what is waited for, within seconds: notices take a moment to arrive.
    pub async fn get_once(&self, path: &str, is_it: impl Fn(&str) -> bool) -> Answer {
        for _ in 0..50 {
            let answer = self.get(path).await;
            if answer.status == 200 && is_it(&answer.text) {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{path} never is what is waited for");
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// Replaces what is at `path`, from its newest version.
    pub async fn put_newest(&self, path: &str, body: &Value) -> Answer {
        let version = self.version_of(path).await;
        self.edit(Method::PUT, path, version, body).await
    }

    /// Changes what is at `path`, from its newest version.
    pub async fn patch_newest(&self, path: &str, body: &Value) -> Answer {
        let version = self.version_of(path).await;
        self.edit(Method::PATCH, path, version, body).await
    }

    /// An edit made from a version.
    pub async fn edit(&self, method: Method, path: &str, version: i64, body: &Value) -> Answer {
        let seen = format!("\"{version}\"");
        self.send(self.request(method, path).header("If-Match", seen).json(body)).await
    }

    /// The version of what an edit of `path` changes; 1 when it cannot be read.
    async fn version_of(&self, path: &str) -> i64 {
        let answer = self.get(path.trim_end_matches("/cart-origins")).await;
        let read: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        read["version"].as_i64().unwrap_or(1)
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A form as a page posts it.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    /// A request to add to; send it with [`Self::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let cookies = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let request = self.http.request(method, url);
        if cookies.is_empty() { request } else { request.header("Cookie", cookies) }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let label = format!("{} {}", request.method(), request.url());
        let response = self.http.execute(request).await.unwrap();
        for cookie in response.headers().get_all("Set-Cookie") {
            let (name, value) =
                cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            let mut jar = self.cookies.lock().unwrap();
            if value.is_empty() {
                jar.remove(name)
            } else {
                jar.insert(name.to_owned(), value.to_owned())
            };
        }
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
            request: label,
        }
    }
}

impl Answer {
    /// What a page says: its head has the texts of scripts, which they may say later.
    pub fn main(&self) -> &str {
        self.text.split_once("<main").map_or("", |(_, main)| main)
    }

    /// The JSON body, when the status is the one expected.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        self.expect(status);
        if self.text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.text)
                .unwrap_or_else(|_| panic!("{}: not JSON: {}", self.request, self.text))
        }
    }

    /// The body, when the status is the one expected.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.request, self.text);
        &self.text
    }

    /// A problem document of this status; returns its `type` without the prefix.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.json(status);
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.request);
        assert_eq!(body["status"], status, "{}", self.request);
        body["type"].as_str().unwrap().trim_start_matches("urn:smp:").to_owned()
    }

    /// The fields a 422 names.
    #[track_caller]
    pub fn wrong_fields(&self) -> Vec<String> {
        assert_eq!(self.problem(422), "invalid", "{}", self.text);
        self.json(422)["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["field"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn location(&self) -> &str {
        self.headers.get("Location").map_or("", |l| l.to_str().unwrap())
    }
}
