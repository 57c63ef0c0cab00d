//! Files through the embedded S3, by the SDK and as a browser sends them.

use std::{path::PathBuf, time::Duration};

use poem::{
    EndpointExt, Route, Server,
    listener::{Acceptor, Listener, TcpListener},
};
use smp::platform::objects::{Objects, ObjectsConfig, PresignedUpload, embedded_endpoint};

const KEY: &str = "tenant/asset/original.png";

struct Files {
    objects: Objects,
    base: String,
    data: PathBuf,
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

async fn files(name: &str) -> Files {
    let data = std::env::temp_dir().join(format!("smp test files {name} {}", std::process::id()));
    let _ = std::fs::remove_dir_all(&data);
    let endpoint =
        embedded_endpoint(&data, "smp-files", "key", "secret of the test").expect("opens");
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("binds");
    let base = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().expect("is TCP"));
    let routes = Route::new()
        .nest("/smp-files", endpoint)
        .catch_all_error(|error| async move { error.into_response() });
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    let config = ObjectsConfig {
        endpoint: None,
        public_endpoint: None,
        bucket: "smp-files".into(),
        region: "us-east-1".into(),
        access_key: "key".into(),
        secret_key: "secret of the test".into(),
    };
    Files { objects: Objects::connect(&config, &base, &base), base, data }
}

async fn send(upload: &PresignedUpload, content_type: Option<&str>, body: Vec<u8>) -> u16 {
    let mut request = reqwest::Client::new().put(&upload.url).body(body);
    for (name, value) in &upload.headers {
        request = request.header(
            name,
            if name == "content-type" { content_type.unwrap_or(value) } else { value },
        );
    }
    request.send().await.expect("answers").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_kept_read_measured_replaced_and_deleted() {
    let files = files("keep").await;
    let objects = &files.objects;
    objects.ensure_bucket().await.expect("is there");
    assert_eq!(objects.get(KEY).await.expect("answers"), None);
    assert_eq!(objects.head(KEY).await.expect("answers"), None);
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| u8::try_from(n % 251).expect("fits")).collect();
    for (content_type, bytes) in [("image/png", large), ("image/webp", b"short".to_vec())] {
        objects.put(KEY, content_type, bytes.clone()).await.expect("keeps");
        assert_eq!(
            objects.head(KEY).await.expect("answers"),
            Some(i64::try_from(bytes.len()).expect("fits"))
        );
        let found = objects.get(KEY).await.expect("answers").expect("is there");
        assert_eq!((found.content_type.as_str(), found.bytes.len()), (content_type, bytes.len()));
        assert!(found.bytes == bytes);
    }
    assert_eq!(objects.head("tenant/asset").await.expect("answers"), None, "a folder is no object");
    objects.delete(KEY).await.expect("deletes");
    objects.delete(KEY).await.expect("has nothing to delete");
    assert_eq!(objects.get(KEY).await.expect("answers"), None);
    objects.put("ü & more/€ 100%.png", "image/png", vec![1]).await.expect("keeps");
    assert_eq!(objects.head("ü & more/€ 100%.png").await.expect("answers"), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_upload_takes_the_file_it_was_signed_for_and_no_other() {
    let files = files("presign").await;
    let upload = files
        .objects
        .presign_put(KEY, "image/png", 5, Duration::from_mins(1))
        .await
        .expect("signs");
    assert_eq!(upload.expires_in_seconds, 60);
    assert_eq!(upload.headers, [("content-type".to_owned(), "image/png".to_owned())]);

    assert_eq!(send(&upload, Some("text/html"), b"hello".to_vec()).await, 403, "another type");
    assert_eq!(send(&upload, None, b"hello, world".to_vec()).await, 403, "another size");
    let (before, signature) = upload.url.split_once("X-Amz-Signature=").expect("is signed");
    let (first, rest) = signature.split_at(1);
    let other_signature =
        format!("{before}X-Amz-Signature={}{rest}", if first == "0" { "1" } else { "0" });
    for url in [
        upload.url.replacen("original.png", "other.png", 1),
        upload.url.replacen("X-Amz-Expires=60", "X-Amz-Expires=6000", 1),
        other_signature,
    ] {
        assert_ne!(url, upload.url);
        let changed = PresignedUpload { url, ..upload.clone() };
        assert_eq!(send(&changed, None, b"hello".to_vec()).await, 403, "{}", changed.url);
    }
    let unsigned = PresignedUpload {
        url: upload.url.split_once('?').expect("has a query").0.to_owned(),
        ..upload.clone()
    };
    assert_eq!(send(&unsigned, None, b"hello".to_vec()).await, 403, "no signature");
    assert_eq!(files.objects.head(KEY).await.expect("answers"), None, "nothing was kept");

    assert_eq!(send(&upload, None, b"hello".to_vec()).await, 200);
    let found = files.objects.get(KEY).await.expect("answers").expect("is there");
    assert_eq!(
        (found.content_type.as_str(), found.bytes.as_slice()),
        ("image/png", b"hello".as_slice())
    );

    let short = files
        .objects
        .presign_put("short", "image/png", 5, Duration::from_secs(1))
        .await
        .expect("signs");
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(send(&short, None, b"hello".to_vec()).await, 403, "too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_leads_out_of_the_folder() {
    let files = files("escape").await;
    for key in ["../secret", "a/../../secret", "/etc/passwd", "a//b", "", "a/"] {
        assert!(files.objects.put(key, "image/png", vec![1]).await.is_err(), "{key:?}");
        assert!(
            files.objects.presign_put(key, "image/png", 1, Duration::from_mins(1)).await.is_err(),
            "{key:?}"
        );
    }
    // The endpoint does not rely on Objects for it: these are raw requests, as reqwest would
    // otherwise tidy the path.
    for path in [
        "/smp-files/..%2Fsecret",
        "/smp-files/%2e%2e/secret",
        "/smp-files/a/../../secret",
        "/smp-files//etc",
        "/smp-files/a%2F%2Fb",
        "/smp-files/a%zz",
    ] {
        let answer = raw(&files.base, path).await;
        assert!(
            answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 404"),
            "{path}: {answer}"
        );
    }
    assert!(
        raw(&files.base, "/smp-files/a").await.starts_with("HTTP/1.1 403"),
        "a plain request reaches the signature check"
    );
}

async fn raw(base: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("connects");
    stream
        .write_all(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await
        .expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_endpoint_on_one_folder_shares_the_first() {
    let files = files("share").await;
    assert!(embedded_endpoint(&files.data, "smp-files", "key", "secret of the test").is_ok());
    assert!(embedded_endpoint(&files.data, "smp-files", "key", "another secret").is_err());
}
