//! Who may do what: JSON Web Tokens, scopes, and the decisions made from them.
