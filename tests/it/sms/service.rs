//! A stand-in for the SMS service, in as many moods as a network has. `tests/peers` holds SMP against one
//! that the service's official client accepts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use poem::{
    EndpointExt, IntoResponse, Response, Route, Server, get, handler,
    http::StatusCode,
    listener::TcpAcceptor,
    web::{Data, Form, Json, Query},
};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::support::{TestApp, client::Answer};

pub const TOKEN: &str = "the auth token of the tests";

/// What it does with the next SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// Takes it and fails to say so.
    TakesSilently,
    /// Fails, and has not taken it.
    Fails,
    Busy,
    Refuses(i32),
}

#[derive(Clone)]
pub struct SmsService {
    state: Arc<Mutex<ServiceState>>,
    url: String,
}

struct ServiceState {
    mood: Mood,
    asked: usize,
    taken: Vec<BTreeMap<String, String>>,
}

type Shared = Arc<Mutex<ServiceState>>;

impl SmsService {
    pub async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/Messages.json", listener.local_addr().unwrap());
        let state = ServiceState { mood: Mood::Takes, asked: 0, taken: vec![] };
        let state = Arc::new(Mutex::new(state));
        let routes = Route::new().at("/Messages.json", get(list).post(create)).data(state.clone());
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { state, url }
    }

    /// A server that sends by this service.
    pub async fn app(&self) -> TestApp {
        TestApp::start_with(&[
            ("sms_url", &self.url),
            ("sms_account", "AC1"),
            ("sms_token", TOKEN),
            ("sms_from", "+15005550006"),
            ("smp_trust_forwarded", "true"),
        ])
        .await
    }

    pub fn is(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// How often it was asked to take an SMS.
    pub fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    pub fn taken(&self) -> Vec<BTreeMap<String, String>> {
        self.state.lock().unwrap().taken.clone()
    }
}

#[handler]
fn create(Form(mut sms): Form<BTreeMap<String, String>>, Data(state): Data<&Shared>) -> Response {
    let mut state = state.lock().unwrap();
    state.asked += 1;
    let problem = |status: StatusCode, code: i32| {
        Json(json!({"code": code, "message": "no", "status": status.as_u16()}))
            .with_status(status)
            .into_response()
    };
    match state.mood {
        Mood::Busy => return problem(StatusCode::TOO_MANY_REQUESTS, 20429),
        Mood::Refuses(code) => return problem(StatusCode::BAD_REQUEST, code),
        Mood::Fails => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Takes | Mood::TakesSilently => {}
    }
    let sid = format!("SM{:032}", state.taken.len());
    sms.insert("Sid".to_owned(), sid);
    state.taken.push(sms.clone());
    match state.mood {
        Mood::TakesSilently => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => Json(resource(&sms)).with_status(StatusCode::CREATED).into_response(),
    }
}

#[handler]
fn list(Query(query): Query<BTreeMap<String, String>>, Data(state): Data<&Shared>) -> Json<Value> {
    let state = state.lock().unwrap();
    let to_it = state.taken.iter().filter(|sms| sms.get("To") == query.get("To"));
    let newest_first: Vec<Value> = to_it.rev().map(resource).collect();
    Json(json!({"messages": newest_first}))
}

fn resource(sms: &BTreeMap<String, String>) -> Value {
    json!({
        "sid": sms["Sid"], "status": "queued", "error_code": null, "body": sms["Body"],
        "to": sms["To"],
        // Tests move their clock, and this has to be after whatever it says.
        "date_created": "Thu, 01 Jan 2099 00:00:00 +0000",
    })
}

/// A request as the service signs it.
pub async fn signed(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
    let signature = signature(&format!("{}{path}", app.base), fields);
    let client = app.anonymous();
    let request = client.request(Method::POST, path).header("X-Twilio-Signature", signature);
    client.send(request.form(fields)).await
}

pub fn signature(url: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let text: String =
        fields.iter().fold(url.to_owned(), |text, (name, value)| text + *name + *value);
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
