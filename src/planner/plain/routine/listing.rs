//! The first few things of a list by name, and how many there are besides.

/// Names the first `most` of `named`, with `between` between them, and counts the others.
pub(super) fn first_few(named: &[String], most: usize, between: &str) -> String {
    let first = named.get(..most).unwrap_or(named).join(between);
    match named.len().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_counted() {
        let named: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(first_few(&named, 2, ", "), "a, b and 1 more");
        assert_eq!(first_few(&named, 3, "; "), "a; b; c");
        assert_eq!(first_few(&[], 3, "; "), "");
    }
}
