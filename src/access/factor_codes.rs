//! Codes as people read and type them: those of the app, and the recovery codes.

use crate::kernel::{Error, FieldError, Result, token};

/// An account has as many, each for one time.
const RECOVERY_CODES: usize = 10;
/// About 80 random bits.
const RECOVERY_CODE_CHARS: usize = 16;
const RECOVERY_GROUP_CHARS: usize = 4;
/// Nobody types more than a recovery code with its hyphens.
const TYPED_BYTES_MAX: usize = 64;

pub fn new_recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| token::short_code(RECOVERY_CODE_CHARS)).collect()
}

/// A recovery code as it is shown: `abcd-efgh-jkmn-pqrs`.
pub fn grouped(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    let groups: Vec<String> =
        chars.chunks(RECOVERY_GROUP_CHARS).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// On a code that is wrong, is of another time, or was used before.
pub fn wrong_code() -> Error {
    FieldError::new(
        "code",
        "Is wrong, or was used already. Type the six digits that the app shows now, or a recovery \
         code that you have not used",
    )
    .into()
}

/// A code as it is compared: without what people add to read it.
pub fn typed(code: &str) -> Result<String> {
    let missing = "Enter the six digits that your authenticator app shows, or a recovery code";
    if code.len() > TYPED_BYTES_MAX {
        return Err(wrong_code());
    }
    let code: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .flat_map(char::to_lowercase)
        .collect();
    if code.is_empty() { Err(FieldError::new("code", missing).into()) } else { Ok(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        assert_eq!(typed(" 287 082 ").unwrap(), "287082");
        assert_eq!(typed("ABCD-efgh-jkmn-pqrs").unwrap(), "abcdefghjkmnpqrs");
        for nothing in ["", " ", "--"] {
            assert!(matches!(typed(nothing), Err(Error::Invalid(_))), "{nothing:?}");
        }
        assert!(typed(&"1".repeat(TYPED_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn a_recovery_code_is_shown_in_groups() {
        assert_eq!(grouped("abcdefghjkmnpqrs"), "abcd-efgh-jkmn-pqrs");
        assert_eq!(typed(&grouped("abcdefghjkmnpqrs")).unwrap(), "abcdefghjkmnpqrs");
    }
}
