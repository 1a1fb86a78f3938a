//! Which deployment is meant.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use url::Url;

/// Where the application is, and what lets an operator in.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) url: Url,
    pub(crate) token: String,
}

/// What `cargo xtask up` writes about the stack that it runs.
#[derive(Deserialize)]
struct Stack {
    application: Url,
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Tokens {
    operator: String,
}

/// The deployment that the arguments name, or the development stack that runs in the project.
pub(crate) fn find(url: Option<Url>, token: Option<String>, project: &Path) -> anyhow::Result<Deployment> {
    match (url, token) {
        (Some(url), Some(token)) => Ok(Deployment { url, token }),
        (Some(_), None) => bail!("a URL needs a token: --token, or the variable DOSSIER_TOKEN"),
        (None, token) => {
            let stack = running_stack(project)?;
            Ok(Deployment {
                url: stack.application,
                token: token.unwrap_or(stack.tokens.operator),
            })
        }
    }
}

fn running_stack(project: &Path) -> anyhow::Result<Stack> {
    let file = project.join(".dossier/stack.json");
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "no development stack runs here (there is no {}): start one with `cargo xtask up`, or name a deployment \
             with --url and --token",
            file.display()
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    serde_json::from_str(&text).with_context(|| format!("{} is not what `cargo xtask up` writes", file.display()))
}
