//! TOML files into types, with errors that give the line and the dotted path of the field.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::Error;

/// Reads a TOML file.
pub(crate) fn toml_file<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(path, &text)
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    let error = |field: String, error: &toml::de::Error| Error::Field {
        path: path.to_owned(),
        line: error
            .span()
            .and_then(|span| text.get(..span.start))
            .map(|before| before.matches('\n').count() + 1),
        field,
        reason: error.message().trim().replace('\n', ": "),
    };
    let document = toml::Deserializer::parse(text).map_err(|fault| error("the file is no TOML".to_owned(), &fault))?;
    serde_path_to_error::deserialize(document).map_err(|fault| error(fault.path().to_string(), fault.inner()))
}
