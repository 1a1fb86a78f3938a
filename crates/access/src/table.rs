//! The one table of who may do what, and the decisions that are made from it.
//!
//! A route that is not in the table is served to nobody.

use portfolio::Evaluators;

use crate::caller::{Caller, Denied};
use crate::owner::Owner;
use crate::scope::{Scope, Scopes};

/// How far a scope reaches on a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is the caller's own.
    Own,
    /// What is in the caller's tenant, and open to all of its evaluators or assigned to the caller.
    Assigned,
    /// Everything, of all tenants: operators are the deployment's.
    All,
}

/// A scope, and how far it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// What the token must carry.
    pub scope: Scope,
    /// What may be seen with it.
    pub reach: Reach,
}

/// How a route knows whom it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// It serves anybody.
    Open,
    /// It serves another service, which shows something else than a token: `callback` and `intake` check it.
    Service(&'static str),
    /// It serves who carries a token with the scope of one of these grants.
    Token(&'static [Grant]),
}

/// A route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with names in braces, as the interface's description has it.
    pub path: &'static str,
    /// Whom it serves.
    pub door: Door,
}

const SUBMIT: Door = Door::Token(&[Grant {
    scope: Scope::Submit,
    reach: Reach::Own,
}]);
const EVALUATE: Door = Door::Token(&[Grant {
    scope: Scope::Evaluate,
    reach: Reach::Assigned,
}]);
const OPERATE: Door = Door::Token(&[Grant {
    scope: Scope::Operate,
    reach: Reach::All,
}]);
const SUBMIT_OR_OPERATE: Door = Door::Token(&[
    Grant {
        scope: Scope::Submit,
        reach: Reach::Own,
    },
    Grant {
        scope: Scope::Operate,
        reach: Reach::All,
    },
]);

const fn rule(method: &'static str, path: &'static str, door: Door) -> Rule {
    Rule { method, path, door }
}

/// Every route of the interface.
pub const TABLE: &[Rule] = &[
    rule("POST", "/v1/submissions", SUBMIT),
    rule("GET", "/v1/submissions", SUBMIT),
    rule("GET", "/v1/submissions/{submission}", SUBMIT),
    rule("PATCH", "/v1/submissions/{submission}", SUBMIT),
    rule("POST", "/v1/submissions/{submission}/withdrawal", SUBMIT),
    rule("PUT", "/v1/submissions/{submission}/evaluators", SUBMIT_OR_OPERATE),
    rule("POST", "/v1/submissions/{submission}/documents/{document}/sign", SUBMIT),
    rule(
        "POST",
        "/v1/submissions/{submission}/documents/{document}/upload-url",
        SUBMIT,
    ),
    rule(
        "POST",
        "/v1/submissions/{submission}/documents/{document}/replacement",
        SUBMIT,
    ),
    rule(
        "POST",
        "/v1/submissions/{submission}/documents/{document}/uploaded",
        SUBMIT,
    ),
    rule("GET", "/v1/catalog/submissions", EVALUATE),
    rule("GET", "/v1/catalog/submissions/{submission}", EVALUATE),
    rule("GET", "/v1/catalog/documents/{document}", EVALUATE),
    rule("GET", "/v1/catalog/documents/{document}/files/{role}", EVALUATE),
    rule("GET", "/v1/queues", OPERATE),
    rule("POST", "/v1/queues/{queue}/pause", OPERATE),
    rule("POST", "/v1/queues/{queue}/resume", OPERATE),
    rule("GET", "/v1/documents/{document}/history", OPERATE),
    rule("GET", "/v1/dead-letters", OPERATE),
    rule("POST", "/v1/dead-letters/redrive", OPERATE),
    rule("GET", "/v1/dead-letters/{queue}/{document}", OPERATE),
    rule("POST", "/v1/dead-letters/{queue}/{document}/redrive", OPERATE),
    rule("POST", "/v1/dead-letters/{queue}/{document}/discard", OPERATE),
    rule("POST", "/v1/rebuild", OPERATE),
    rule("POST", "/v1/renormalize", OPERATE),
    rule("POST", "/v1/erasures", OPERATE),
    rule("GET", "/v1/erasures/{submission}", OPERATE),
    rule("GET", "/metrics", OPERATE),
    rule("GET", "/healthz", Door::Open),
    rule("GET", "/readyz", Door::Open),
    rule(
        "POST",
        "/v1/notifications/bucket",
        Door::Service("the bucket's token, or a signature of SNS"),
    ),
    rule(
        "POST",
        "/v1/callbacks/{vendor}",
        Door::Service("the third party's signature"),
    ),
    rule("GET", "/openapi.json", Door::Open),
    rule("GET", "/schemas/normalized-document-1.json", Door::Open),
];

/// What a thing is to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// The caller handed it in.
    pub own: bool,
    /// It is in the caller's tenant.
    pub same_tenant: bool,
    /// It is open to all evaluators, or assigned to the caller.
    pub assigned: bool,
}

impl Relation {
    /// What a submission of an owner, with these evaluators, is to a caller.
    pub fn of(caller: &Caller, owner: &Owner, evaluators: &Evaluators) -> Self {
        Self {
            own: *owner == caller.owner,
            same_tenant: owner.tenant == caller.tenant(),
            assigned: evaluators.include(caller.subject()),
        }
    }
}

/// What a caller gets to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// What was asked for; of a list, what of it the caller may see.
    Served,
    /// 401: who are you?
    Unauthorized,
    /// 403: not with this token's scopes.
    Forbidden,
    /// 404: there is no such thing, as far as the caller is concerned.
    NotFound,
}

impl Rule {
    /// The rule of a request, by its method and path.
    pub fn find(method: &str, path: &str) -> Option<&'static Self> {
        TABLE.iter().find(|rule| rule.method == method && rule.is_for(path))
    }

    fn is_for(&self, path: &str) -> bool {
        let (mut theirs, mut ours) = (path.split('/'), self.path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(name), Some(segment)) if name == segment || name.starts_with('{') && !segment.is_empty() => {}
                _ => return false,
            }
        }
    }

    /// Whether it is about one submission or document, which the caller may or may not see.
    pub fn is_about_one(&self) -> bool {
        self.path.contains("{submission}") || self.path.contains("{document}")
    }

    /// What one of these scopes gets to hear. `relation` is what the thing that the route is about is to the caller; nothing
    /// where it is about no single thing.
    ///
    /// `scopes` are those of a good token; nothing without one.
    pub fn answer(&self, scopes: Option<Scopes>, relation: Option<Relation>) -> Answer {
        let Door::Token(grants) = self.door else {
            return Answer::Served;
        };
        let Some(scopes) = scopes else {
            return Answer::Unauthorized;
        };
        let mut held = grants.iter().filter(|grant| scopes.contain(grant.scope)).peekable();
        if held.peek().is_none() {
            return Answer::Forbidden;
        }
        let sees = |grant: &Grant| {
            relation.is_none_or(|relation| match grant.reach {
                Reach::Own => relation.own,
                Reach::Assigned => relation.same_tenant && relation.assigned,
                Reach::All => true,
            })
        };
        if held.any(sees) {
            Answer::Served
        } else {
            Answer::NotFound
        }
    }

    /// Whether the caller's scopes open this route at all.
    pub fn admit(&'static self, caller: Caller) -> Result<Permit, Denied> {
        match self.answer(Some(caller.scopes), None) {
            Answer::Forbidden => Err(Denied::InsufficientScope(self.scopes())),
            _ => Ok(Permit { caller, rule: self }),
        }
    }

    /// The scopes that open this route.
    pub fn scopes(&self) -> Vec<Scope> {
        match self.door {
            Door::Token(grants) => grants.iter().map(|grant| grant.scope).collect(),
            Door::Open | Door::Service(_) => Vec::new(),
        }
    }
}

/// A caller whom a route serves, as far as what it is about may be seen.
#[derive(Debug, Clone)]
pub struct Permit {
    /// The caller.
    pub caller: Caller,
    rule: &'static Rule,
}

impl Permit {
    /// Whether the caller may see a submission, or something of it, on this route. If not, it does not exist.
    pub fn sees(&self, owner: &Owner, evaluators: &Evaluators) -> Result<(), Denied> {
        let relation = Relation::of(&self.caller, owner, evaluators);
        match self.rule.answer(Some(self.caller.scopes), Some(relation)) {
            Answer::Served => Ok(()),
            _ => Err(Denied::NotFound),
        }
    }
}

/// The table for people, in Markdown.
pub fn markdown() -> String {
    let relations = [
        (true, true, true),
        (false, true, true),
        (false, true, false),
        (false, false, true),
    ];
    let mut rows = vec![String::from(
        "| route | token with | own | same tenant, open or assigned | same tenant, assigned to others | other tenant |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    )];
    for rule in TABLE {
        let route = format!("`{} {}`", rule.method, rule.path);
        match rule.door {
            Door::Open => rows.push(format!("| {route} | none | anybody | | | |\n")),
            Door::Service(proof) => rows.push(format!("| {route} | none: {proof} | that service | | | |\n")),
            Door::Token(grants) => {
                for grant in grants {
                    let scopes: Scopes = [grant.scope].into_iter().collect();
                    let cells = relations.map(|(own, same_tenant, assigned)| {
                        let relation = Relation {
                            own,
                            same_tenant,
                            assigned,
                        };
                        match rule.answer(Some(scopes), Some(relation)) {
                            Answer::Served => "yes",
                            _ if rule.is_about_one() => "404",
                            _ => "left out",
                        }
                    });
                    rows.push(format!("| {route} | `{}` | {} |\n", grant.scope, cells.join(" | ")));
                }
            }
        }
    }
    rows.concat()
}
