//! The envelope of Amazon SNS, with its signature
//! (<https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>).
//!
//! SNS posts to whoever it was told to and can show no token that the receiver chose, so it signs. The certificate is named
//! in the message itself: it proves something only if it was fetched, over TLS, from where SNS keeps its certificates. That is
//! what [`Envelope::certificate_url`] checks before anybody calls there. Its dates are looked
//! at; its issuer is not, since its chain does not come with it: who serves it vouches for it.
//!
//! A signed message can be played again. That is harmless where messages are taken as hints, as they are here.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::sha2::{Digest as _, Sha256};
use rsa::{RsaPublicKey, pkcs8::DecodePublicKey as _};
use serde::Deserialize;
use serde_json::Value;
use sha1::Sha1;
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use crate::{Unreadable, read_as};

/// A message of SNS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    /// What kind of message it is.
    #[serde(rename = "Type")]
    pub kind: Kind,
    /// The topic that it was published to.
    pub topic_arn: String,
    /// What was published: for S3, its event notification in JSON.
    pub message: String,
    message_id: String,
    #[serde(default)]
    subject: Option<String>,
    timestamp: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(rename = "SubscribeURL", default)]
    subscribe_url: Option<String>,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

/// The kinds of message that SNS posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// Something was published.
    Notification,
    /// Somebody asked SNS to post here, and whoever is here is asked whether that is right.
    SubscriptionConfirmation,
    /// SNS will no longer post here.
    UnsubscribeConfirmation,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

/// Why a message is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// A URL in it does not lead to SNS.
    #[error("the message names {0:?}, which is not a place of {1}")]
    Elsewhere(String, String),
    /// The signature is of a version that is not known.
    #[error("the signature's version {0:?} is not known")]
    Version(String),
    /// What was fetched is no certificate with an RSA key.
    #[error("the certificate cannot be read: {0}")]
    Certificate(String),
    /// The certificate is not valid any more, or not yet.
    #[error("the certificate is not valid at this time")]
    Period,
    /// The signature is not that of the message.
    #[error("the signature is wrong")]
    Signature,
}

impl Envelope {
    pub(crate) fn read(value: Value) -> Result<Self, Unreadable> {
        read_as("a message of SNS", value)
    }

    /// Where the certificate is, if that is a place of the SNS at the origin `sns`
    /// (`https://sns.eu-west-1.amazonaws.com`).
    pub fn certificate_url(&self, sns: &Url) -> Result<Url, Disbelief> {
        of(&self.signing_cert_url, sns)
    }

    /// What to `GET` to confirm a subscription, if that is a place of the SNS at the origin `sns`.
    pub fn subscribe_url(&self, sns: &Url) -> Result<Url, Disbelief> {
        of(self.subscribe_url.as_deref().unwrap_or_default(), sns)
    }

    /// Checks the signature with the certificate, in PEM, that was fetched from
    /// [`certificate_url`](Self::certificate_url), at a time that is so long after the beginning of 1970.
    ///
    /// That the certificate is SNS's own follows from where it was fetched, over HTTPS, whose chain of trust the host checks. It
    /// comes without the certificates of its issuers, so its own chain cannot be checked here.
    pub fn verify(&self, certificate: &[u8], now: Duration) -> Result<(), Disbelief> {
        let certificate =
            Certificate::from_pem(certificate).map_err(|error| Disbelief::Certificate(error.to_string()))?;
        let validity = &certificate.tbs_certificate.validity;
        if now < validity.not_before.to_unix_duration() || now > validity.not_after.to_unix_duration() {
            return Err(Disbelief::Period);
        }
        let key = public_key(&certificate)?;
        let signature = BASE64_STANDARD
            .decode(&self.signature)
            .map_err(|_| Disbelief::Signature)?;
        let signed = self.signed_text();
        let checked = match self.signature_version.as_str() {
            "1" => key.verify(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(signed), &signature),
            "2" => key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(signed), &signature),
            other => return Err(Disbelief::Version(other.to_owned())),
        };
        checked.map_err(|_| Disbelief::Signature)
    }

    /// The text that is signed: each member's name and value on lines of their own, in the order of the names.
    pub fn signed_text(&self) -> String {
        let (subject, subscribe_url, token) = match self.kind {
            Kind::Notification => (self.subject.as_deref(), None, None),
            Kind::SubscriptionConfirmation | Kind::UnsubscribeConfirmation => {
                (None, self.subscribe_url.as_deref(), self.token.as_deref())
            }
        };
        [
            ("Message", Some(self.message.as_str())),
            ("MessageId", Some(self.message_id.as_str())),
            ("Subject", subject),
            ("SubscribeURL", subscribe_url),
            ("Timestamp", Some(self.timestamp.as_str())),
            ("Token", token),
            ("TopicArn", Some(self.topic_arn.as_str())),
            ("Type", Some(self.kind.as_str())),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}\n{value}\n")))
        .collect()
    }
}

fn of(url: &str, sns: &Url) -> Result<Url, Disbelief> {
    let elsewhere = || Disbelief::Elsewhere(url.to_owned(), sns.to_string());
    let parsed = Url::parse(url).map_err(|_| elsewhere())?;
    let has_credentials = !parsed.username().is_empty() || parsed.password().is_some();
    if parsed.origin() == sns.origin() && parsed.origin().is_tuple() && !has_credentials {
        Ok(parsed)
    } else {
        Err(elsewhere())
    }
}

fn public_key(certificate: &Certificate) -> Result<RsaPublicKey, Disbelief> {
    let unreadable = |error: &dyn std::fmt::Display| Disbelief::Certificate(error.to_string());
    let info = certificate
        .tbs_certificate
        .subject_public_key_info
        .to_der()
        .map_err(|error| unreadable(&error))?;
    RsaPublicKey::from_public_key_der(&info).map_err(|error| unreadable(&error))
}
