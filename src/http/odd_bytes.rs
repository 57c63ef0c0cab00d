//! Addresses that are no text: with a NUL, or with escapes that are not UTF-8. Nothing of SMP has such
//! an address, and neither the database nor a template could take a part of it.

use poem::Request;

use crate::kernel::{Error, FieldError};

/// Longest name of a parameter that an error repeats, in bytes.
const NAME_BYTES_MAX: usize = 100;
/// Parts that an error names, at most.
const PARTS_MAX: usize = 20;

/// Refuses a request whose path or query is no text once its escapes are read, and names the
/// parameters that are none.
pub async fn refuse_odd_bytes(request: Request) -> poem::Result<Request> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let odd = odd_parts(path, query);
    if odd.is_empty() { Ok(request) } else { Err(Error::Unreadable(odd).into()) }
}

/// The parts of an address that are no text: `path`, parameters of the query by their names, or
/// `query` where the name itself is none.
fn odd_parts(path: &str, query: &str) -> Vec<FieldError> {
    let mut odd: Vec<&str> = Vec::new();
    if !is_text(path) {
        odd.push("path");
    }
    if !is_text(query) {
        for parameter in query.split('&').filter(|parameter| !is_text(parameter)) {
            let name = parameter.split('=').next().unwrap_or_default();
            let is_name = is_text(name) && !name.is_empty() && name.len() <= NAME_BYTES_MAX;
            odd.push(if is_name { name } else { "query" });
        }
        odd.dedup();
    }
    let message = "Has an escape (like %00 or %FF) that stands for no text in UTF-8. Leave it out";
    odd.into_iter().take(PARTS_MAX).map(|part| FieldError::new(part, message)).collect()
}

fn is_text(escaped: &str) -> bool {
    if !escaped.contains('%') {
        return true;
    }
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |nth: usize| after.get(nth).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(0));
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_text, odd_parts};

    #[test]
    fn escapes_that_are_text_are_told_from_those_that_are_not() {
        for text in ["/sales/x", "q=caf%C3%A9", "100%", "%zz", "a%20b", "%E2%82%AC", ""] {
            assert!(is_text(text), "{text}");
        }
        for odd in ["/sales/%00", "q=%ff", "%C3", "%c3%28", "a%00b"] {
            assert!(!is_text(odd), "{odd}");
        }
    }

    #[test]
    fn the_parts_that_are_no_text_are_named() {
        let named = |path, query| {
            let odd = odd_parts(path, query);
            odd.into_iter().map(|part| part.field).collect::<Vec<_>>()
        };
        assert_eq!(named("/a", "limit=1&cursor=abc"), Vec::<String>::new());
        assert_eq!(named("/a", "limit=1&cursor=%FF&q=%00"), ["cursor", "q"]);
        assert_eq!(named("/%00", "%ff=1"), ["path", "query"]);
        assert_eq!(named("/a", "=%00&=%00"), ["query"]);
        assert_eq!(named("/a", &"a=%00&b=%00&".repeat(100)).len(), 20);
    }
}
