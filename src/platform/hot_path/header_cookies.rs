//! Reading one cookie by name, from a cookie jar or straight from the headers.

use std::borrow::Cow;

use memchr::memchr_iter;
use poem::{
    http::{HeaderMap, header},
    web::cookie::CookieJar,
};

/// A source of a request's cookies.
pub trait Cookies {
    /// The value of a cookie.
    fn value(&self, name: &str) -> Option<Cow<'_, str>>;
}

impl Cookies for CookieJar {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(|cookie| Cow::Owned(cookie.value_str().to_owned()))
    }
}

/// Reads the headers directly, at a fraction of a jar's cost. Values are not percent-decoded, so
/// this suits ids and tokens, which need no encoding.
impl Cookies for HeaderMap {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self
            .get_all(header::COOKIE)
            .iter()
            .find_map(|cookies| find(cookies.as_bytes(), name.as_bytes()))?;
        std::str::from_utf8(value).ok().map(Cow::Borrowed)
    }
}

fn find<'a>(cookies: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut begins = 0;
    memchr_iter(b';', cookies).chain([cookies.len()]).find_map(|ends| {
        let cookie = &cookies[std::mem::replace(&mut begins, ends + 1)..ends];
        cookie.trim_ascii().strip_prefix(name)?.strip_prefix(b"=")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jar_and_the_headers_give_the_same_values() {
        let mut headers = HeaderMap::new();
        for cookies in ["done=one=0; one=1; two=a.b_c;", "three=; one=again"] {
            headers.append(header::COOKIE, cookies.parse().unwrap());
        }
        let jar: CookieJar = "done=one=0; one=1; two=a.b_c; three=".parse().unwrap();
        for name in ["done", "one", "two", "three", "four", "on", "1"] {
            assert_eq!(headers.value(name), jar.value(name), "{name}");
        }
        assert_eq!(headers.value("two").as_deref(), Some("a.b_c"));
    }
}
