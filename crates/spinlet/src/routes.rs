//! Which component answers a path, by Spin's rules: an exact route before a wildcard, a longer prefix before a shorter.

use std::{borrow::Cow, collections::BTreeMap};

use routefinder::RouteSpec;

use crate::manifest::HttpTrigger;

/// What Spin itself answers; no component's route below it is ever reached.
pub(crate) const WELL_KNOWN: &str = "/.well-known/spin/";

/// The routes of an application.
#[derive(Debug)]
pub(crate) struct Router(routefinder::Router<Target>);

#[derive(Debug)]
struct Target {
    component: String,
    /// As the manifest writes it.
    raw: String,
    /// Absolute and without a trailing slash.
    based: String,
}

/// The component for a path, and what of the path the route left open.
#[derive(Debug)]
pub(crate) struct RouteMatch<'a> {
    pub(crate) component: &'a str,
    raw: &'a str,
    based: &'a str,
    parameters: Vec<(String, String)>,
    /// The part of the path that a trailing wildcard stands for.
    rest: String,
}

impl Router {
    /// Builds the table; of two equal routes the later one counts, as in Spin.
    ///
    /// # Errors
    ///
    /// The index of the trigger, and what is wrong with its route.
    pub(crate) fn build(triggers: &[HttpTrigger]) -> Result<Self, (usize, String)> {
        let mut latest: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, trigger) in triggers.iter().enumerate() {
            let Some(route) = &trigger.route else { continue };
            if let Some(replaced) = latest.insert(route, index) {
                tracing::warn!(
                    "route {route:?} of component `{}` replaces that of component `{}`",
                    trigger.component,
                    triggers[replaced].component
                );
            }
        }
        let mut router = routefinder::Router::new();
        for (route, index) in latest {
            let based = absolute(route);
            if based.starts_with(WELL_KNOWN) {
                tracing::warn!("route {route:?} is never reached: Spin itself answers below {WELL_KNOWN}");
            }
            let pattern = match based.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => based.clone(),
            };
            let target = Target {
                component: triggers[index].component.clone(),
                raw: route.to_owned(),
                based,
            };
            let spec = RouteSpec::try_from(pattern).map_err(|reason| (index, reason))?;
            router.add(spec, target).map_err(|reason| (index, reason.to_string()))?;
        }
        Ok(Self(router))
    }

    /// The component that answers `path`.
    pub(crate) fn find<'a>(&'a self, path: &'a str) -> Option<RouteMatch<'a>> {
        let best = self.0.best_match(path)?;
        let target = best.handler();
        let captures = best.captures();
        let parameters = captures
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        // The router drops a trailing slash, which Spin keeps.
        let slash = path.ends_with('/');
        let rest = match captures.wildcard() {
            Some("") if slash => "/".to_owned(),
            None | Some("") => String::new(),
            Some(rest) if slash => format!("/{rest}/"),
            Some(rest) => format!("/{rest}"),
        };
        Some(RouteMatch {
            component: &target.component,
            raw: &target.raw,
            based: &target.based,
            parameters,
            rest,
        })
    }

    /// Every route with its component, for people to read.
    pub(crate) fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(_, target)| (target.raw.as_str(), target.component.as_str()))
    }
}

impl<'a> RouteMatch<'a> {
    /// The match for a request that one component sends to another: as if the whole path were a wildcard.
    pub(crate) fn chained(component: &'a str, path: &'a str) -> Self {
        Self {
            component,
            raw: "/...",
            based: "/...",
            parameters: Vec::new(),
            rest: path.to_owned(),
        }
    }

    /// The headers by which Spin tells a component about its route: names and values.
    pub(crate) fn headers(&self, full_url: String, client: String) -> Vec<(Cow<'static, str>, String)> {
        let mut headers: Vec<(Cow<'static, str>, String)> = vec![
            ("spin-path-info".into(), self.rest.clone()),
            ("spin-full-url".into(), full_url),
            ("spin-matched-route".into(), self.based.to_owned()),
            ("spin-base-path".into(), "/".to_owned()),
            ("spin-raw-component-route".into(), self.raw.to_owned()),
            (
                "spin-component-route".into(),
                self.raw.strip_suffix("/...").unwrap_or(self.raw).to_owned(),
            ),
            ("spin-client-addr".into(), client),
        ];
        for (name, value) in &self.parameters {
            let name = format!("spin-path-match-{}", name.replace('_', "-").to_ascii_lowercase());
            headers.push((name.into(), value.clone()));
        }
        headers
    }
}

/// A leading slash, and no trailing one.
fn absolute(route: &str) -> String {
    let route = route.strip_suffix('/').unwrap_or(route);
    if route.starts_with('/') || route.is_empty() {
        route.to_owned()
    } else {
        format!("/{route}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn router(routes: &[&str]) -> Router {
        let triggers: Vec<HttpTrigger> = routes
            .iter()
            .map(|route| HttpTrigger {
                component: format!("component-of-{route}"),
                route: Some((*route).to_owned()),
            })
            .collect();
        Router::build(&triggers).unwrap()
    }

    /// Route, path, the part that the wildcard stands for.
    #[test]
    fn the_most_specific_route_wins() {
        let router = router(&[
            "/",
            "/...",
            "/v1/things",
            "/v1/...",
            "/v1/things/:id",
            "/v1/things/:id/...",
            "bare/",
        ]);
        for (path, route, rest) in [
            ("/", "/", ""),
            ("/x", "/...", "/x"),
            ("/x/", "/...", "/x/"),
            ("/v1", "/v1/...", ""),
            ("/v1/", "/v1/...", "/"),
            ("/v1/things", "/v1/things", ""),
            ("/v1/things/", "/v1/things", ""),
            ("/v1/things/7", "/v1/things/:id", ""),
            ("/v1/things/7/a/b", "/v1/things/:id/...", "/a/b"),
            ("/v1/thing", "/v1/...", "/thing"),
            ("/bare", "bare/", ""),
        ] {
            let found = router.find(path).unwrap();
            assert_eq!((found.raw, &*found.rest), (route, rest), "{path}");
            assert_eq!(found.component, format!("component-of-{route}"));
        }
        assert!(self::router(&["/a"]).find("/b").is_none());
    }

    #[test]
    fn headers_tell_the_component_its_route() {
        let router = router(&["/v1/:user_id/files/..."]);
        let found = router.find("/v1/42/files/a/b").unwrap();
        let headers = found.headers("http://h/v1/42/files/a/b?q".to_owned(), "127.0.0.1:1".to_owned());
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, value.as_str())).collect();
        assert_eq!(
            headers,
            [
                ("spin-path-info", "/a/b"),
                ("spin-full-url", "http://h/v1/42/files/a/b?q"),
                ("spin-matched-route", "/v1/:user_id/files/..."),
                ("spin-base-path", "/"),
                ("spin-raw-component-route", "/v1/:user_id/files/..."),
                ("spin-component-route", "/v1/:user_id/files"),
                ("spin-client-addr", "127.0.0.1:1"),
                ("spin-path-match-user-id", "42"),
            ]
        );
    }
}
