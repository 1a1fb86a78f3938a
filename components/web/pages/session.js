// Who is here. The token is kept for this tab alone, and forgotten when the tab is closed.

const KEY = "dossier-token";

/** The claims of a token, not verified: they decide what is shown, and never what is allowed. */
export function claims(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const read = JSON.parse(new TextDecoder().decode(bytes));
    return { name: read.name ?? read.sub ?? "", scopes: String(read.scope ?? "").split(" ") };
  } catch {
    return null;
  }
}

/** The token of the person who is here, if there is one. */
export const token = () => sessionStorage.getItem(KEY);

/** Takes a token. Answers whether it looks like one. */
export function signIn(text) {
  const candidate = text.trim().replace(/^Bearer\s+/i, "");
  if (claims(candidate) === null) return false;
  sessionStorage.setItem(KEY, candidate);
  return true;
}

/** Forgets who was here. */
export const signOut = () => sessionStorage.removeItem(KEY);

/** Who is here: a name, and what the token says it allows. */
export const person = () => (token() ? claims(token()) : null);
