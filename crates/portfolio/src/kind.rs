//! Which kinds of document there are, and which media types each may have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a document is to the people who hand it in and read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A plan for a lesson: text.
    LessonPlan,
    /// A recording of a lesson: video.
    ClassroomVideo,
}

impl Kind {
    /// Every kind, in the order in which people are shown them.
    pub const ALL: [Self; 2] = [Self::LessonPlan, Self::ClassroomVideo];

    /// The word that stands for the kind in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LessonPlan => "lesson-plan",
            Self::ClassroomVideo => "classroom-video",
        }
    }

    /// The media types that a document of this kind may have.
    pub const fn media_types(self) -> &'static [MediaType] {
        match self {
            Self::LessonPlan => &[
                MediaType::PlainText,
                MediaType::Markdown,
                MediaType::Docx,
                MediaType::Pdf,
                MediaType::Odt,
                MediaType::Rtf,
            ],
            Self::ClassroomVideo => &[
                MediaType::Mp4,
                MediaType::QuickTime,
                MediaType::M4v,
                MediaType::Avi,
                MediaType::Mpeg,
                MediaType::Wmv,
            ],
        }
    }

    /// Whether a document of this kind may have this media type.
    pub fn takes(self, media_type: MediaType) -> bool {
        self.media_types().contains(&media_type)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A word that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such kind of document; there are lesson-plan and classroom-video")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

/// A media type (RFC 6838) that is taken, without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// `text/plain`, in UTF-8.
    PlainText,
    /// `text/markdown` (RFC 7763), in UTF-8.
    Markdown,
    /// Office Open XML text, as Word, Google Docs and LibreOffice save it.
    Docx,
    /// `application/pdf`.
    Pdf,
    /// `application/vnd.oasis.opendocument.text`, as LibreOffice saves it.
    Odt,
    /// `application/rtf`.
    Rtf,
    /// `video/mp4`.
    Mp4,
    /// `video/quicktime`: MOV, as iPhones and many cameras record.
    QuickTime,
    /// `video/x-m4v`: Apple's spelling of MP4.
    M4v,
    /// `video/x-msvideo`: AVI.
    Avi,
    /// `video/mpeg`: an MPEG-1 or MPEG-2 program or video stream.
    Mpeg,
    /// `video/x-ms-wmv`: Windows Media, in an ASF container.
    Wmv,
}

impl MediaType {
    /// Every media type that is taken.
    pub const ALL: [Self; 12] = [
        Self::PlainText,
        Self::Markdown,
        Self::Docx,
        Self::Pdf,
        Self::Odt,
        Self::Rtf,
        Self::Mp4,
        Self::QuickTime,
        Self::M4v,
        Self::Avi,
        Self::Mpeg,
        Self::Wmv,
    ];

    /// The type as it stands in header fields and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainText => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pdf => "application/pdf",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Rtf => "application/rtf",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::M4v => "video/x-m4v",
            Self::Avi => "video/x-msvideo",
            Self::Mpeg => "video/mpeg",
            Self::Wmv => "video/x-ms-wmv",
        }
    }

    /// What people call such a file, with its article, for the middle of a sentence.
    pub const fn described(self) -> &'static str {
        match self {
            Self::PlainText => "a plain text file",
            Self::Markdown => "a Markdown file",
            Self::Docx => "a Word document (DOCX)",
            Self::Pdf => "a PDF document",
            Self::Odt => "an OpenDocument text (ODT)",
            Self::Rtf => "a rich text document (RTF)",
            Self::Mp4 => "an MP4 video",
            Self::QuickTime => "a QuickTime video (MOV)",
            Self::M4v => "an M4V video",
            Self::Avi => "an AVI video",
            Self::Mpeg => "an MPEG video",
            Self::Wmv => "a Windows Media video (WMV)",
        }
    }

    /// Whether the content is text that a person could read in an editor.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::PlainText | Self::Markdown)
    }

    /// The type that a file's name suggests by its last extension, in any case.
    ///
    /// It is a suggestion for clients that know only the name; what counts is the content ([`crate::sniff`]).
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        match extension.to_ascii_lowercase().as_str() {
            "txt" | "text" => Some(Self::PlainText),
            "md" | "markdown" => Some(Self::Markdown),
            "docx" => Some(Self::Docx),
            "pdf" => Some(Self::Pdf),
            "odt" => Some(Self::Odt),
            "rtf" => Some(Self::Rtf),
            "mp4" => Some(Self::Mp4),
            "mov" | "qt" => Some(Self::QuickTime),
            "m4v" => Some(Self::M4v),
            "avi" => Some(Self::Avi),
            "mpg" | "mpeg" => Some(Self::Mpeg),
            "wmv" => Some(Self::Wmv),
            _ => None,
        }
    }

    /// The kind of document that has this type.
    pub const fn kind(self) -> Kind {
        match self {
            Self::PlainText | Self::Markdown | Self::Docx | Self::Pdf | Self::Odt | Self::Rtf => Kind::LessonPlan,
            Self::Mp4 | Self::QuickTime | Self::M4v | Self::Avi | Self::Mpeg | Self::Wmv => Kind::ClassroomVideo,
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text that names no media type that is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "files of this media type are not taken; taken are plain text, Markdown, DOCX, PDF, ODT and RTF documents, and MP4, \
     MOV, M4V, AVI, MPEG and WMV videos"
)]
pub struct UnknownMediaType;

impl FromStr for MediaType {
    type Err = UnknownMediaType;

    /// Parameters are dropped and case does not matter (RFC 9110, section 8.3.1): browsers say
    /// `text/plain;charset=utf-8`, and what the bytes really are is looked at later.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // What browsers and operating systems say instead of the registered name.
        let name = match essence.as_str() {
            "text/x-markdown" => "text/markdown",
            "text/rtf" => "application/rtf",
            "video/m4v" => "video/x-m4v",
            "video/avi" | "video/msvideo" | "video/vnd.avi" => "video/x-msvideo",
            registered => registered,
        };
        Self::ALL
            .into_iter()
            .find(|media_type| media_type.as_str() == name)
            .ok_or(UnknownMediaType)
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
