//! The reference implementations for Python and JavaScript, in both directions.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use serde_json::{Value, json};
use webhook_signature::{KeyRing, Message, Signer};

const SECRETS: [&str; 2] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_dGhpcnR5LXR3byBieXRlcyBtYWtlIGEgZ29vZCBzZWNyZXQ=",
];
const PRIVATE: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";
const BODIES: [&str; 4] = ["", "{\"test\": 2432232314}", "{\"name\":\"Zoë 🎬\"}\n", "1614265330.{}"];

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/webhooks")
}

fn run(command: &mut Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What an implementation makes of our signatures, and we of its own. `asymmetric`: it knows Ed25519, too.
fn hold_against(asymmetric: bool, mut ask: impl FnMut(&str) -> String) {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let now = i64::try_from(now).unwrap();
    let public = PRIVATE.parse::<Signer>().unwrap().public_key().unwrap();
    let mut keys: Vec<_> = SECRETS.map(|secret| (secret.to_owned(), secret.to_owned())).into();
    if asymmetric {
        keys.push((PRIVATE.to_owned(), public));
    }
    let (mut sign, mut verify, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (private, public) in &keys {
        let signer: Signer = private.parse().unwrap();
        for (number, body) in BODIES.iter().enumerate() {
            let id = format!("msg_{number}");
            sign.push(json!({ "key": private, "id": id, "timestamp": now, "body": body }));
            let signature = format!("v1,AAAA {}", signer.sign(&id, now, body.as_bytes()));
            let message = json!({ "key": public, "id": id, "timestamp": now, "body": body, "signature": signature });
            let mut forged = message.clone();
            forged["body"] = format!("{body} ").into();
            verify.extend([message, forged]);
            expected.extend([true, false]);
        }
    }
    let answer: Value = serde_json::from_str(&ask(&json!({ "sign": sign, "verify": verify }).to_string())).unwrap();
    assert_eq!(answer["accepted"], json!(expected));

    let signatures = answer["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), keys.len() * BODIES.len());
    for (case, signature) in sign.iter().zip(signatures) {
        let text = |name: &str| case[name].as_str().unwrap();
        let public = keys.iter().find(|(private, _)| private == text("key")).unwrap();
        let message = Message {
            id: text("id"),
            timestamp: &now.to_string(),
            signature: signature.as_str().unwrap(),
            body: text("body").as_bytes(),
        };
        let ring: KeyRing = public.1.parse().unwrap();
        assert_eq!(ring.verify(now, &message), Ok(()), "{case}");
        let ours = text("key")
            .parse::<Signer>()
            .unwrap()
            .sign(text("id"), now, message.body);
        assert_eq!(ours, message.signature, "both ways of signing are deterministic");
    }
}

/// Makes what a list of packages asks for once, and keeps it beside the build.
fn installed(name: &str, list: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (wanted, done) = (std::fs::read(scripts().join(list)).unwrap(), folder.join("installed"));
    if std::fs::read(&done).ok().as_ref() != Some(&wanted) {
        std::fs::create_dir_all(&folder).unwrap();
        install(&folder);
        std::fs::write(done, wanted).unwrap();
    }
    folder
}

#[test]
fn the_reference_implementation_for_python_agrees() {
    let folder = installed("webhooks-python", "requirements.txt", |folder| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder), "");
        let mut install = Command::new(folder.join("bin/python"));
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        run(install.arg(scripts().join("requirements.txt")), "");
    });
    hold_against(false, |work| {
        run(
            Command::new(folder.join("bin/python")).arg(scripts().join("reference.py")),
            work,
        )
    });
}

#[test]
fn the_reference_implementation_for_javascript_agrees() {
    if Command::new("npm").arg("--version").output().is_err() {
        eprintln!("There is no npm: the reference implementation for JavaScript is left out.");
        return;
    }
    let folder = installed("webhooks-javascript", "package.json", |folder| {
        std::fs::copy(scripts().join("package.json"), folder.join("package.json")).unwrap();
        let mut install = Command::new("npm");
        install.args([
            "install",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ]);
        run(install.current_dir(folder), "");
    });
    // Node.js looks for packages beside the script.
    std::fs::copy(scripts().join("reference.mjs"), folder.join("reference.mjs")).unwrap();
    hold_against(true, |work| {
        run(Command::new("node").arg(folder.join("reference.mjs")), work)
    });
}
