//! Order numbers: random, so that they do not tell how much is sold, and read out without
//! confusion: `SMP-7K3M-2QXF`. 40 bits in Crockford's base 32, which has no I, L, O and U. Orders
//! that were numbered by counting keep theirs, like `SMP-100001`.

use rand::RngCore;

const PREFIX: &str = "SMP";
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters after the prefix.
const CHARS: usize = 8;
/// A number that was counted has fewer digits than a random one has characters.
const COUNTED_DIGITS_MAX: usize = CHARS - 1;
/// Characters that people type around and between the others, at most.
const TYPED_BYTES_MAX: usize = 40;

/// A new number. The database refuses one that was given before.
pub fn random() -> String {
    let mut bytes = [0_u8; CHARS];
    rand::rng().fill_bytes(&mut bytes);
    // 256 is a multiple of 32, so every character is as likely as any other.
    let chars = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    grouped(&chars.collect::<String>())
}

fn grouped(chars: &str) -> String {
    let (first, second) = chars.split_at(CHARS / 2);
    format!("{PREFIX}-{first}-{second}")
}

/// The number that somebody means, as it is stored: small letters, spaces, missing hyphens and a
/// missing `SMP` do no harm, and O, I and L are read as the digits they look like. None when it is
/// no order number.
pub fn parse(typed: &str) -> Option<String> {
    if typed.len() > TYPED_BYTES_MAX {
        return None;
    }
    let compact: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '#'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    compact.strip_prefix(PREFIX).and_then(numbered).or_else(|| numbered(&compact))
}

fn numbered(body: &str) -> Option<String> {
    let read: String = body
        .chars()
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    if read.len() == CHARS && read.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Some(grouped(&read));
    }
    let counted =
        (1..=COUNTED_DIGITS_MAX).contains(&body.len()) && body.bytes().all(|b| b.is_ascii_digit());
    counted.then(|| format!("{PREFIX}-{body}"))
}

/// What to look an order up by: the number that is meant, or the text as it came, which then finds
/// nothing.
pub fn stored(typed: &str) -> String {
    parse(typed).unwrap_or_else(|| typed.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_number_is_random_and_has_no_look_alikes() {
        let numbers: HashSet<String> = (0..2000).map(|_| random()).collect();
        assert_eq!(numbers.len(), 2000);
        for number in &numbers {
            assert_eq!(number.len(), "SMP-7K3M-2QXF".len(), "{number}");
            assert!(!number[4..].contains(['I', 'L', 'O', 'U']), "{number}");
            assert_eq!(parse(number).as_ref(), Some(number));
        }
    }

    #[test]
    fn a_number_is_found_as_people_type_it() {
        for typed in
            ["SMP-7K3M-2QX0", "smp7k3m2qxo", " smp 7k3m 2qx0 ", "7K3M-2QXO", "#SMP7K3M2QX0"]
        {
            assert_eq!(parse(typed).as_deref(), Some("SMP-7K3M-2QX0"), "{typed}");
        }
        for typed in ["SMP-100023", "smp100023", "100023", "smp 100023"] {
            assert_eq!(parse(typed).as_deref(), Some("SMP-100023"), "{typed}");
        }
        for typed in ["", "SMP", "SMP-", "mara@example.com", "SMP-7K3M-2QXU", "SMP-7K3M-2QX"] {
            assert_eq!(parse(typed), None, "{typed}");
        }
        assert_eq!(parse(&"1".repeat(100)), None);
        assert_eq!(stored("nonsense!"), "nonsense!");
    }
}
