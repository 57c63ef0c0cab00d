//! Numbers and spans of time in English words.

/// A number with its noun, as in `1 day` and `2 days`.
pub fn count(number: i64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// A time span: `90 seconds`, `1 minute`, `10 minutes`. Minutes are rounded up.
pub fn duration(seconds: i64) -> String {
    match seconds {
        60 => count(1, "minute"),
        ..120 => count(seconds, "second"),
        120.. => count((seconds + 59) / 60, "minute"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_right_unit_and_number() {
        let durations = [(1, "1 second"), (30, "30 seconds"), (60, "1 minute"), (90, "90 seconds")];
        for (seconds, text) in
            durations.into_iter().chain([(600, "10 minutes"), (601, "11 minutes")])
        {
            assert_eq!(duration(seconds), text);
        }
    }
}
