//! Addresses that are no text: with a NUL, or with escapes that are not UTF-8. Nothing of SMP has such
//! an address, and neither the database nor a template could take a part of it.

use poem::Request;

use crate::kernel::Error;

/// Refuses a request whose path or query is no text once its escapes are read.
pub async fn refuse_odd_bytes(request: Request) -> poem::Result<Request> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    if is_text(path) && is_text(query) {
        return Ok(request);
    }
    Err(Error::BadRequest(
        "The address has an escape (like %00 or %FF) that stands for no text in UTF-8. Check the \
         address, and try again without it."
            .to_owned(),
    )
    .into())
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
    use super::is_text;

    #[test]
    fn escapes_that_are_text_are_told_from_those_that_are_not() {
        for text in ["/sales/x", "q=caf%C3%A9", "100%", "%zz", "a%20b", "%E2%82%AC", ""] {
            assert!(is_text(text), "{text}");
        }
        for odd in ["/sales/%00", "q=%ff", "%C3", "%c3%28", "a%00b"] {
            assert!(!is_text(odd), "{odd}");
        }
    }
}
