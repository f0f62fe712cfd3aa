use std::fmt;

/// A promise that an implementation breaks.
///
/// ```
/// use protocols::conformance::Violation;
///
/// let violation = Violation::new("`get(i)` has index i", "`get(3)` has index 0");
/// assert_eq!(violation.to_string(), "`get(i)` has index i: `get(3)` has index 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Violation {
    /// What the trait promises.
    pub promise: &'static str,
    /// What was found instead.
    pub found: String,
}

impl Violation {
    /// Joins a promise and what was found instead.
    #[must_use]
    pub fn new(promise: &'static str, found: impl Into<String>) -> Self {
        Self { promise, found: found.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.found)
    }
}

/// The promises that an implementation breaks; its text has one line per promise.
///
/// ```
/// use protocols::conformance::{Violation, Violations};
///
/// let mut violations = Violations::default();
/// assert!(violations.is_empty());
/// violations.push(Violation::new("scores are finite", "class 2 of image 0 has the score NaN"));
/// assert_eq!(violations.to_string(), "scores are finite: class 2 of image 0 has the score NaN\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Whether no promise is broken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of violations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The violations, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.0.iter()
    }

    /// Adds a violation, unless one of the same promise is there already: the first is enough to act on.
    pub fn push(&mut self, violation: Violation) {
        if self.0.iter().all(|earlier| earlier.promise != violation.promise) {
            self.0.push(violation);
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|violation| writeln!(f, "{violation}"))
    }
}

impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        violations.into_iter().for_each(|violation| self.push(violation));
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_violation_per_promise_is_kept() {
        let mut violations = Violations::default();
        violations.extend([
            Violation::new("a", "first"),
            Violation::new("b", "x"),
            Violation::new("a", "second"),
        ]);
        assert_eq!(violations.to_string(), "a: first\nb: x\n");
    }
}
