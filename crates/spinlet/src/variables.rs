//! The values of the application's variables, and what of them each component sees.

use std::collections::BTreeMap;

use crate::{Error, manifest::Manifest, template::Template};

/// Every application variable with its value.
#[derive(Debug)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Gives each variable of the manifest the value that was handed in, or its default.
    pub(crate) fn resolve(manifest: &Manifest, given: &BTreeMap<String, String>) -> Result<Self, Error> {
        let unknown: Vec<String> = given
            .keys()
            .filter(|name| !manifest.variables.contains_key(*name))
            .cloned()
            .collect();
        if !unknown.is_empty() {
            return Err(Error::UnknownVariables(unknown));
        }
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in &manifest.variables {
            match given.get(name).or(variable.default.as_ref()) {
                Some(value) => {
                    values.insert(name.clone(), value.clone());
                }
                None => missing.push(name.clone()),
            }
        }
        if missing.is_empty() {
            Ok(Self(values))
        } else {
            Err(Error::MissingVariables(missing))
        }
    }

    /// Fills in a template of the manifest.
    pub(crate) fn fill(&self, template: &Template) -> Result<String, crate::template::Error> {
        template.fill(|name| self.0.get(name).map(String::as_str))
    }
}

/// Spin's rules for the name of a variable.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    let reason = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(character) = name.chars().find(|&character| !allowed(character)) {
        format!(
            "invalid character {character:?}: variable names may contain only lower-case letters, numbers and underscores"
        )
    } else if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit".to_owned()
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{name:?}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_follow_spins_rules() {
        for good in ["a", "redis_address", "x1", "a_1"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "A", "1a", "_a", "a_", "a__b", "a-b", "ä"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
