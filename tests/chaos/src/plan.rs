//! What is handed in, when, and how the review service treats it: all of it follows from the seed.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

/// The lesson plans. What a document becomes depends on its text alone, but for ids, times and its name.
pub const TEXTS: [&str; 4] = [
    "Photosynthesis is how plants makes sugar out of light.\n",
    "# Fractions\n\nStudents recieves a worksheet. They should of finished it untill friday.\n",
    "The class read a poem, and every pupil writes down the the words that it does not know.\n",
    "Ratio and proportion: mix the paint, measure it, and explain why the colour stays the same.\n",
];

/// How the review service treats a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treatment {
    /// A word in the document's name, by which the service's rule knows it.
    pub word: &'static str,
    /// The rule, as `crates/review-service/API.md` describes it; empty where the service behaves.
    rule: &'static str,
    /// Whether the document fails however often its stage is tried.
    pub fails: bool,
    /// Whether a redrive helps once the service behaves again, if the document fails.
    pub redrive_helps: bool,
}

const fn mends(word: &'static str, rule: &'static str) -> Treatment {
    Treatment {
        word,
        rule,
        fails: false,
        redrive_helps: true,
    }
}

const fn fails(word: &'static str, rule: &'static str, redrive_helps: bool) -> Treatment {
    Treatment {
        word,
        rule,
        fails: true,
        redrive_helps,
    }
}

/// Every way to misbehave that the review service knows. What it does wrong for ever makes the document fail.
const TREATMENTS: [Treatment; 25] = [
    fails("refused", r#"{"do":"refuse"}"#, true),
    mends("busy", r#"{"do":"too-many-requests","retry_after":1,"times":2}"#),
    mends(
        "busy-until",
        r#"{"do":"too-many-requests","retry_after":1,"as_date":true,"times":1}"#,
    ),
    mends("broken", r#"{"do":"internal-error","times":2}"#),
    mends("hangs", r#"{"do":"hang","milliseconds":1500,"times":1}"#),
    mends("hangs-up", r#"{"do":"hang","milliseconds":0,"times":1}"#),
    mends("answers-late", r#"{"do":"late-answer","milliseconds":2500}"#),
    mends("rubbish", r#"{"do":"rubbish","times":1}"#),
    mends("redirects", r#"{"do":"redirect","times":1}"#),
    mends("accepts-twice", r#"{"do":"accept-twice"}"#),
    mends("calls-first", r#"{"do":"callback-before-answer"}"#),
    mends("calls-twice", r#"{"do":"callback-twice"}"#),
    mends("calls-again", r#"{"do":"callback-again","milliseconds":1500}"#),
    mends("calls-late", r#"{"do":"callback-late","milliseconds":2000,"times":1}"#),
    mends(
        "calls-too-late",
        r#"{"do":"callback-late","milliseconds":9000,"times":1}"#,
    ),
    mends("never-calls", r#"{"do":"callback-never","times":1}"#),
    mends("signs-wrongly", r#"{"do":"callback-wrong-signature","times":1}"#),
    mends("signs-early", r#"{"do":"callback-old-timestamp","times":1}"#),
    mends("out-of-order", r#"{"do":"callback-out-of-order"}"#),
    mends("for-another", r#"{"do":"callback-for-another"}"#),
    fails("omits", r#"{"do":"file-omitted","role":"findings"}"#, false),
    fails("wrong-hash", r#"{"do":"file-wrong-hash","role":"text"}"#, false),
    fails("wrong-type", r#"{"do":"file-wrong-type","role":"findings"}"#, false),
    mends("misses", r#"{"do":"file-missing","role":"text","times":1}"#),
    mends("truncates", r#"{"do":"file-truncated","role":"text","times":1}"#),
];

const BEHAVES: Treatment = mends("well", "");

/// The rules for the review service: each names the documents that it means.
pub fn rules() -> Value {
    let rule = |treatment: &Treatment| {
        let mut rule: Value = serde_json::from_str(treatment.rule).unwrap_or_default();
        rule["name"] = treatment.mark().into();
        rule
    };
    json!({ "rules": TREATMENTS.iter().map(rule).collect::<Vec<_>>() })
}

impl Treatment {
    /// The misbehaviour, as the review service calls it, if it is one that leaves no trace in the service's log.
    pub fn silent_kind(&self) -> Option<String> {
        let rule: Value = serde_json::from_str(self.rule).ok()?;
        let kind = rule["do"].as_str()?;
        let is_silent = ["callback-never", "file-omitted", "file-wrong-hash", "file-wrong-type"].contains(&kind);
        is_silent.then(|| kind.to_owned())
    }

    fn mark(&self) -> String {
        format!(".{}.", self.word)
    }
}

/// One document that is to be handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Its number.
    pub index: usize,
    /// When, after the beginning.
    pub at: Duration,
    /// Which of [`TEXTS`].
    pub text: usize,
    /// How the review service treats it.
    pub treatment: Treatment,
}

impl Plan {
    /// The file's name.
    pub fn name(&self) -> String {
        format!("plan-{:05}{}txt", self.index, self.treatment.mark())
    }
}

/// Everything that is handed in within a time: half of it is treated well, and every treatment has its turn.
pub fn plan(rng: &mut Rng, documents: usize, within: Duration) -> Vec<Plan> {
    let mut plans: Vec<Plan> = (0..documents)
        .map(|index| Plan {
            index,
            at: within.mul_f64(rng.f64()),
            text: rng.usize(..TEXTS.len()),
            treatment: if index % 2 == 0 {
                BEHAVES
            } else {
                TREATMENTS[index / 2 % TREATMENTS.len()]
            },
        })
        .collect();
    plans.sort_by_key(|plan| (plan.at, plan.index));
    plans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read_and_means_one_treatment() {
        let rules = rules();
        for (treatment, rule) in TREATMENTS.iter().zip(rules["rules"].as_array().into_iter().flatten()) {
            assert!(rule["do"].is_string(), "{}", treatment.word);
        }
        let plans = plan(&mut Rng::with_seed(1), 100, Duration::from_secs(10));
        for treatment in TREATMENTS {
            let meant = plans.iter().filter(|plan| plan.name().contains(&treatment.mark()));
            assert_eq!(meant.count(), 2, "{}", treatment.word);
        }
    }
}
