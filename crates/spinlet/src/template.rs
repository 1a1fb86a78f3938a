//! `{{ name }}` in the strings of a manifest: where Spin allows an application variable to stand.

use std::fmt;

/// A string with places for application variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

/// Why a string is no template, or cannot be filled in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// `{{` without its `}}`.
    #[error("`{{{{` has no matching `}}}}`")]
    Unmatched,
    /// The variable is not declared under `[variables]`.
    #[error("there is no variable `{0}`")]
    Unknown(String),
}

impl Template {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let Some((literal, expression)) = rest.split_once("{{") else {
                parts.push(Part::Literal(rest.to_owned()));
                break;
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (name, remainder) = expression.split_once("}}").ok_or(Error::Unmatched)?;
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = remainder;
        }
        Ok(Self { parts })
    }

    /// Whether the template names no variable.
    pub(crate) fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// Fills in the variables.
    pub(crate) fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String, Error> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => filled.push_str(literal),
                Part::Variable(name) => filled.push_str(value(name).ok_or_else(|| Error::Unknown(name.clone()))?),
            }
        }
        Ok(filled)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(literal) => formatter.write_str(literal),
            Part::Variable(name) => write!(formatter, "{{{{ {name} }}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn fill(text: &str) -> Result<String, Error> {
        Template::parse(text)?.fill(|name| match name {
            "host" => Some("example.org"),
            "port" => Some("80"),
            "empty" => Some(""),
            _ => None,
        })
    }

    #[test]
    fn variables_are_filled_in_wherever_they_stand() {
        for (template, filled) in [
            ("", ""),
            ("plain", "plain"),
            ("{{host}}", "example.org"),
            ("http://{{ host }}:{{ port }}/x", "http://example.org:80/x"),
            ("{{ empty }}}}", "}}"),
            ("{ host }", "{ host }"),
        ] {
            assert_eq!(fill(template).unwrap(), filled, "{template}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(fill("{{ host"), Err(Error::Unmatched));
        assert_eq!(fill("{{ hots }}"), Err(Error::Unknown("hots".to_owned())));
        assert!(Template::parse("a").unwrap().is_literal());
        assert!(!Template::parse("{{ a }}").unwrap().is_literal());
        assert_eq!(Template::parse("x{{a}}").unwrap().to_string(), "x{{ a }}");
    }
}
