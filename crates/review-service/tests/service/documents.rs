//! What is found in documents of every format, and what is said of documents that cannot be read.

use serde_json::Value;

use crate::client::{Client, DOCX, roles, sample};

/// The mistakes in the sample lesson plan, in order: the text that is meant, the kind of the finding, and the correction.
const MISTAKES: [(&str, &str, &str); 8] = [
    ("should of", "word-choice", "should have"),
    ("begining", "spelling", "beginning"),
    ("recieves", "spelling", "receives"),
    ("the the", "repetition", "the"),
    ("then", "miscellaneous", "than"),
    ("an", "miscellaneous", "a"),
    ("alot", "boundary-error", "a lot"),
    ("realy", "spelling", "really"),
];

fn assert_finds_the_mistakes(text: &str, findings: &Value) {
    assert_eq!(findings["format"], "findings/1");
    assert_eq!(findings["language"], "en-US");
    let characters: Vec<char> = text.chars().collect();
    assert_eq!(findings["text"]["characters"], characters.len());
    assert_eq!(findings["text"]["words"], text.split_whitespace().count());
    assert_eq!(findings["checker"]["checked_characters"], characters.len());
    let mut missing = MISTAKES.iter().peekable();
    for finding in findings["findings"].as_array().unwrap() {
        let position = |member: &str| usize::try_from(finding[member].as_u64().unwrap()).unwrap();
        let quote: String = characters[position("start")..position("end")].iter().collect();
        assert_eq!(finding["quote"], quote);
        if let Some((mistake, kind, correction)) = missing.peek()
            && *mistake == quote
        {
            assert_eq!(finding["kind"], *kind, "{finding}");
            assert!(
                finding["suggestions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|s| s == correction),
                "{finding}"
            );
            missing.next();
        }
    }
    assert_eq!(missing.next(), None, "{findings:#}");
}

#[tokio::test]
async fn a_lesson_plan_is_the_same_text_with_the_same_findings_in_every_format() {
    let mut client = Client::start().await;
    let mut paragraphs: Vec<Vec<String>> = Vec::new();
    for (name, media_type) in [
        ("photosynthesis-lesson-plan.md", "text/markdown"),
        ("photosynthesis-lesson-plan.docx", DOCX),
        ("photosynthesis-lesson-plan.pdf", "application/pdf"),
    ] {
        let request = client.document(name, media_type, sample(name));
        let callback = client.review(name, &request).await;
        assert_eq!(callback["type"], "review.completed");
        assert_eq!(callback["data"]["reference"], request["reference"]);
        assert_eq!(roles(&callback), ["text", "findings"]);
        let text = client.text_file(&callback, "text").await;
        assert_finds_the_mistakes(&text, &client.json_file(&callback, "findings").await);
        // The marks of lists are formatting in Markdown and in DOCX, and nothing but text in PDF.
        let mark = |c: char| c.is_ascii_digit() || matches!(c, '•' | '.' | ' ');
        let long = text
            .split("\n\n")
            .map(|paragraph| paragraph.trim_start_matches(mark).trim_end().to_owned());
        paragraphs.push(long.filter(|paragraph| paragraph.len() > 20).collect());
    }
    assert!(paragraphs[0].len() > 30);
    assert_eq!(paragraphs[0], paragraphs[1]);
    assert_eq!(paragraphs[0], paragraphs[2]);
}

#[tokio::test]
async fn plain_text_is_kept_as_it_is() {
    let mut client = Client::start().await;
    let content = "\u{feff}It recieves light.\r\n\r\n  Indented — “quoted”.";
    let mut request = client.document("plan.txt", "text/plain", content);
    request["language"] = "en-GB".into();
    let callback = client.review("1", &request).await;
    assert_eq!(
        client.text_file(&callback, "text").await,
        "It recieves light.\n\n  Indented — “quoted”.\n"
    );
    let findings = client.json_file(&callback, "findings").await;
    assert_eq!(findings["language"], "en-GB");
    assert_eq!(findings["findings"][0]["quote"], "recieves");
}

#[tokio::test]
async fn a_video_is_measured_and_its_captions_and_chapters_are_read() {
    let mut client = Client::start().await;
    let content = sample("classroom-excerpt.mp4");
    let request = client.document("classroom-excerpt.mp4", "video/mp4", content.clone());
    let callback = client.review("1", &request).await;
    assert_eq!(roles(&callback), ["media", "chapters", "captions"]);
    let media = client.json_file(&callback, "media").await;
    assert_eq!(media["format"], "media/1");
    assert_eq!(media["size"], content.len());
    assert_eq!(media["brand"], "isom");
    assert_eq!(media["duration_seconds"], 8.0);
    let tracks = media["tracks"].as_array().unwrap();
    let kinds: Vec<&str> = tracks.iter().map(|track| track["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["video", "audio", "captions", "chapters"]);
    // As ffprobe 5.1 says: "h264 (High), yuv420p, 640x360, 38 kb/s, 25 fps", "aac (LC), 44100 Hz, mono, 46 kb/s".
    let video = &tracks[0];
    assert_eq!(video["codec"], "avc1.64001F");
    assert_eq!((&video["width"], &video["height"]), (&640.into(), &360.into()));
    assert_eq!((&video["frame_rate"], &video["samples"]), (&25.0.into(), &200.into()));
    assert_eq!(video["bit_rate"].as_u64().unwrap() / 1000, 38);
    assert_eq!(video["language"], Value::Null);
    let audio = &tracks[1];
    assert_eq!(audio["codec"], "mp4a.40.2");
    assert_eq!((&audio["channels"], &audio["sample_rate"]), (&1.into(), &44_100.into()));
    assert_eq!(audio["bit_rate"].as_u64().unwrap() / 1000, 46);
    assert_eq!(audio["language"], "eng");
    assert_eq!(
        client.text_file(&callback, "captions").await,
        "WEBVTT\n\n00:00:00.200 --> 00:00:03.600\nWhere does the tree get its food?\n\n\
         00:00:04.000 --> 00:00:07.600\nAdd three drops of iodine,\nand wait for two minutes.\n"
    );
    assert_eq!(
        client.text_file(&callback, "chapters").await,
        "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nThe question\n\n00:00:04.000 --> 00:00:08.000\nThe experiment\n"
    );
}

/// MOV and M4V are read as MP4 is, whether they name a brand or not.
#[tokio::test]
async fn the_relatives_of_mp4_are_measured_as_well() {
    let mut client = Client::start().await;
    let content = sample("classroom-excerpt.mp4");
    let begins_with = |kind: &[u8; 4], brand: &[u8; 4]| {
        let mut content = content.clone();
        content[4..8].copy_from_slice(kind);
        content[8..12].copy_from_slice(brand);
        content
    };
    for (number, name, media_type, content, brand) in [
        ("1", "lesson.m4v", "video/x-m4v", begins_with(b"ftyp", b"M4V "), "M4V"),
        (
            "2",
            "lesson.mov",
            "video/quicktime",
            begins_with(b"ftyp", b"qt  "),
            "qt",
        ),
        ("3", "old.mov", "video/quicktime", begins_with(b"wide", b"qt  "), "qt"),
    ] {
        let request = client.document(name, media_type, content);
        let callback = client.review(number, &request).await;
        assert_eq!(roles(&callback), ["media", "chapters", "captions"], "{name}");
        let media = client.json_file(&callback, "media").await;
        assert_eq!(
            (&media["brand"], &media["duration_seconds"]),
            (&brand.into(), &8.0.into())
        );
        assert_eq!(media["tracks"].as_array().unwrap().len(), 4);
    }
}

#[tokio::test]
async fn what_cannot_be_read_fails_with_a_sentence_for_its_author() {
    let mut client = Client::start().await;
    let docx = sample("photosynthesis-lesson-plan.docx");
    let pdf = sample("photosynthesis-lesson-plan.pdf");
    let mp4 = sample("classroom-excerpt.mp4");
    let cases: [(&str, &str, &[u8], &str, &str); 11] = [
        ("latin-1.txt", "text/plain", b"caf\xe9", "unreadable-document", "UTF-8"),
        ("empty.txt", "text/plain", b"", "unreadable-document", "empty"),
        ("blank.txt", "text/plain", b" \n\n", "no-text", "no text"),
        ("rule.md", "text/markdown", b"---\n\n***\n", "no-text", "no text"),
        (
            "text.docx",
            DOCX,
            b"This is no archive.",
            "unreadable-document",
            "damaged",
        ),
        (
            "old.docx",
            DOCX,
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "unreadable-document",
            "password",
        ),
        (
            "half.docx",
            DOCX,
            &docx[..docx.len() / 2],
            "unreadable-document",
            "damaged",
        ),
        (
            "half.pdf",
            "application/pdf",
            &pdf[..pdf.len() / 2],
            "unreadable-document",
            "PDF",
        ),
        (
            "text.pdf",
            "application/pdf",
            b"This is no PDF.",
            "unreadable-document",
            "PDF",
        ),
        (
            "half.mp4",
            "video/mp4",
            &mp4[..mp4.len() / 2],
            "unreadable-document",
            "damaged",
        ),
        (
            "text.mp4",
            "video/mp4",
            b"This is no video, but a long text.",
            "unreadable-document",
            "neither an MP4",
        ),
    ];
    for (name, media_type, content, code, words) in cases {
        let request = client.document(name, media_type, content);
        let callback = client.review(name, &request).await;
        assert_eq!(callback["type"], "review.failed", "{name}");
        assert_eq!(callback["data"]["files"], Value::Array(Vec::new()), "{name}");
        let error = &callback["data"]["error"];
        assert_eq!(error["code"], code, "{name}");
        assert!(error["message"].as_str().unwrap().contains(words), "{name}: {error}");
    }
}

/// Whatever the parsers do with damaged files (panic, loop, run out of stack), every review comes to an end and the
/// service stays up.
#[tokio::test]
async fn no_damage_to_a_document_harms_the_service() {
    let mut client = Client::start().await;
    let mut random = 1_u32;
    let mut next = |limit: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % limit
    };
    let mut requests = Vec::new();
    for (name, media_type) in [
        ("photosynthesis-lesson-plan.docx", DOCX),
        ("photosynthesis-lesson-plan.pdf", "application/pdf"),
        ("classroom-excerpt.mp4", "video/mp4"),
    ] {
        let original = sample(name);
        for round in 0..12 {
            let mut content = original.clone();
            // The index of an MP4 is at its beginning, that of a PDF or a ZIP at its end.
            let (from, to) = match (media_type, round % 2) {
                ("video/mp4", 0) => (0, content.len().min(8_000)),
                (_, 0) => (content.len().saturating_sub(2_000), content.len()),
                _ => (0, content.len()),
            };
            for _ in 0..20 {
                content[from + next(to - from)] = u8::try_from(next(256)).unwrap();
            }
            requests.push(client.document(&format!("{round}-{name}"), media_type, content));
        }
    }
    let nested = format!("{}1{}", "[".repeat(500_000), "]".repeat(500_000));
    let bomb = format!("%PDF-1.7\n1 0 obj\n{nested}\nendobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF");
    requests.push(client.document("nested.pdf", "application/pdf", bomb));
    let quotations = "> ".repeat(50_000) + "deep";
    requests.push(client.document("nested.md", "text/markdown", quotations));

    for (index, request) in requests.iter().enumerate() {
        client.begin(&index.to_string(), request).await;
    }
    let mut references = std::collections::HashSet::new();
    for _ in &requests {
        let callback = client.callback().await;
        assert_eq!(callback.verified, Ok(()));
        references.insert(callback.body["data"]["reference"].as_str().unwrap().to_owned());
    }
    assert_eq!(references.len(), requests.len());
}
