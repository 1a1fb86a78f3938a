//! What is signed, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use super::*;
use proptest::prelude::*;

fn example() -> Bucket {
    Bucket::new(&Configuration {
        endpoint: "https://s3.amazonaws.com".into(),
        name: "examplebucket".into(),
        region: "us-east-1".into(),
        access_key: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
    })
    .unwrap()
}

/// The example of AWS's "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", to the last
/// character. It addresses the bucket by its host's name, so it is set up around [`Bucket::new`].
#[test]
fn the_published_example_is_signed_as_published() {
    let endpoint = "https://s3.amazonaws.com".parse().unwrap();
    let bucket = Bucket {
        bucket: rusty_s3::Bucket::new(endpoint, UrlStyle::VirtualHost, "examplebucket", "us-east-1").unwrap(),
        ..example()
    };
    let now = "2013-05-24T00:00:00Z".parse().unwrap();
    let url = bucket
        .presign_get("test.txt", Download::default(), &now, Duration::from_secs(86_400))
        .unwrap();
    assert_eq!(
        url.as_str(),
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE\
         %2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

/// Each request of a multipart upload is bound to what it may do: the query that makes it this request is signed, and so
/// are the header fields that say how much of what is sent.
#[test]
fn each_request_of_a_multipart_upload_is_bound() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let (bucket, minute) = (example(), Duration::from_mins(1));
    let part = Part::new(7, 5 << 20);
    let checked = Part {
        crc64nvme: Some([0; 8]),
        ..part
    };
    let (plain, summed) = (
        Multipart::new("video/mp4"),
        Multipart {
            has_checksums: true,
            ..Multipart::new("video/mp4")
        },
    );
    for (url, query, headers) in [
        (
            bucket.presign_create_multipart("a/b", plain, &now, minute),
            "&uploads=1&",
            "content-type%3Bhost",
        ),
        (
            bucket.presign_create_multipart("a/b", summed, &now, minute),
            "&uploads=1&",
            "content-type%3Bhost%3Bx-amz-checksum-algorithm",
        ),
        (
            bucket.presign_part("a/b", "u~1", checked, &now, minute),
            "&partNumber=7&uploadId=u~1&",
            "content-length%3Bhost%3Bx-amz-checksum-crc64nvme",
        ),
        (
            bucket.presign_part("a/b", "u~1", part, &now, minute),
            "&partNumber=7&uploadId=u~1&",
            "content-length%3Bhost",
        ),
        (
            bucket.presign_list_parts("a/b", "u~1", Some(1000), &now, minute),
            "&part-number-marker=1000&uploadId=u~1&",
            "host",
        ),
        (
            bucket.presign_complete_multipart("a/b", "u~1", &now, minute),
            "&uploadId=u~1&",
            "host",
        ),
        (
            bucket.presign_abort_multipart("a/b", "u~1", &now, minute),
            "&uploadId=u~1&",
            "host",
        ),
    ] {
        let url = url.unwrap();
        assert!(url.as_str().contains(query), "{url}");
        assert!(
            url.as_str().contains(&format!("X-Amz-SignedHeaders={headers}&")),
            "{url}"
        );
    }
    for id in ["", "a b", "a\n", "日", &"x".repeat(1025)] {
        assert_eq!(
            bucket.presign_part("a/b", id, part, &now, minute),
            Err(Error::UploadId),
            "{id}"
        );
    }
}

#[test]
fn a_declared_digest_is_signed() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let upload = Upload {
        sha256: Some([0; 32]),
        ..Upload::new("text/plain", 1)
    };
    let url = example()
        .presign_put("a", upload, &now, Duration::from_mins(1))
        .unwrap();
    assert!(
        url.as_str()
            .contains("content-length%3Bcontent-type%3Bhost%3Bx-amz-checksum-sha256"),
        "{url}"
    );
    assert_eq!(upload.headers()[2].1, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

#[test]
fn what_is_not_known_of_an_upload_is_not_signed() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let upload = Upload {
        media_type: None,
        ..Upload::new("text/plain", 1)
    };
    let url = example()
        .presign_put("a", upload, &now, Duration::from_mins(1))
        .unwrap();
    assert!(
        url.as_str().contains("X-Amz-SignedHeaders=content-length%3Bhost&"),
        "{url}"
    );
    assert_eq!(upload.headers(), [("content-length", "1".to_owned())]);
}

#[test]
fn the_answers_of_a_bucket_are_read() {
    let list = r#"<?xml version="1.0" encoding="UTF-8"?><ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId><PartNumberMarker>0</PartNumberMarker>
        <NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated>
        <Part><PartNumber>1</PartNumber><LastModified>2026-11-24T08:00:00Z</LastModified><ETag>"e"</ETag><Size>7</Size></Part>
        </ListPartsResult>"#;
    let summed = list.replace("<Part>", "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Part>");
    let summed = summed.replace("<Size>", "<ChecksumCRC64NVME>AAAAAAAAAAE=</ChecksumCRC64NVME><Size>");
    let part = StoredPart {
        number: 1,
        size: 7,
        etag: "\"e\"".into(),
        crc64nvme: None,
    };
    for (list, has_checksums, crc64nvme) in [(list, false, None), (&summed, true, Some([0, 0, 0, 0, 0, 0, 0, 1]))] {
        let part = StoredPart {
            crc64nvme,
            ..part.clone()
        };
        assert_eq!(
            StoredParts::parse(list.as_bytes()),
            Ok(StoredParts {
                parts: vec![part],
                next: Some(1),
                has_checksums,
            })
        );
    }
    let endless = list.replace("Marker>1<", "Marker>0<");
    assert!(StoredParts::parse(endless.as_bytes()).is_err());
    assert!(StoredParts::parse(b"<html/>").is_err());
    let body = completion(&["\"e\"".into(), "\"f\"".into()]);
    assert!(body.contains("<PartNumber>2</PartNumber>"), "{body}");
}

#[test]
fn unfinished_uploads_of_other_objects_are_not_this_ones() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let url = example()
        .presign_list_uploads("a/b", &now, Duration::from_mins(1))
        .unwrap();
    assert!(url.as_str().contains("&prefix=a%2Fb&uploads=&"), "{url}");
    let list = r#"<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Bucket>b</Bucket><KeyMarker/><UploadIdMarker/><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>
        <Upload><Key>a/b</Key><UploadId>one</UploadId><Initiated>2026-11-24T08:00:00Z</Initiated></Upload>
        <Upload><Key>a/bc</Key><UploadId>two</UploadId></Upload></ListMultipartUploadsResult>"#;
    let uploads = Uploads {
        ids: vec!["one".into()],
        is_truncated: false,
    };
    assert_eq!(Uploads::parse(list.as_bytes(), "a/b"), Ok(uploads));
    assert!(Uploads::parse(b"<html/>", "a/b").is_err());
}

#[test]
fn the_digest_of_parts_is_not_the_digest_of_the_whole() {
    let whole = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(read_sha256(whole), Some([0; 32]));
    assert_eq!(read_sha256(&format!("{whole}-2")), None);
    assert_eq!(read_sha256(""), None);
}

#[test]
fn keys_that_a_url_would_resolve_elsewhere_are_refused() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    for key in ["", "..", "a/../b", "a//b", "./a", "a/"] {
        let answer = example().presign_head(key, &now, Duration::from_secs(1));
        assert_eq!(answer, Err(Error::Key(key.to_owned())));
    }
}

#[test]
fn a_lifetime_that_s3_would_refuse_is_refused_here() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    for lifetime in [Duration::ZERO, LONGEST_LIFETIME + Duration::from_secs(1)] {
        assert_eq!(
            example().presign_head("a", &now, lifetime),
            Err(Error::Lifetime(lifetime))
        );
    }
}

#[test]
fn an_endpoint_without_a_scheme_is_named() {
    let configuration = Configuration {
        endpoint: "localhost".into(),
        name: "b".into(),
        region: "r".into(),
        access_key: "a".into(),
        secret_key: "s".into(),
    };
    let error = Bucket::new(&configuration).err().unwrap().to_string();
    assert!(error.contains("\"localhost\"") && error.contains("https://"), "{error}");
}

proptest! {
    #[test]
    fn an_attachment_name_is_always_a_legal_header_value(name in "\\PC{1,60}") {
        let value = attachment(&name);
        prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        prop_assert_eq!(value.matches('"').count(), 2);
    }
}
