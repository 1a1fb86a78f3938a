//! What a caller does with Dossier.

use std::fmt;

/// What a caller does with Dossier: a word in the token's `scope` claim (RFC 8693, section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Hands in documents and watches their progress: a teacher.
    Submit,
    /// Reads normalized documents: an evaluator.
    Evaluate,
    /// Sees queues and dead letters, and redrives them: an operator.
    Operate,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Submit, Self::Evaluate, Self::Operate];

    /// The word in the token's `scope` claim.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Evaluate => "evaluate",
            Self::Operate => "operate",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// The scopes of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether a scope is among them.
    pub const fn contain(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |all, scope| all | scope.bit()))
    }
}

/// The words of a `scope` claim. A scope is a whole word; what is another application's is passed over.
impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let scope = |word: &str| Scope::ALL.into_iter().find(|scope| scope.word() == word);
        words.into_iter().filter_map(scope).collect()
    }
}
