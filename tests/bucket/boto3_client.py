"""The development bucket, held to what boto3 makes of S3.

Started by a test of the bucket-server crate, which says in the environment where the bucket is.
"""

import base64
import hashlib
import http.client
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request
import zlib

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["BUCKET_ENDPOINT"]
BUCKET = os.environ["BUCKET_NAME"]
MIB = 1024 * 1024


def client(secret=os.environ["BUCKET_SECRET_KEY"], region=os.environ["BUCKET_REGION"], **config):
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        aws_access_key_id=os.environ["BUCKET_ACCESS_KEY"],
        aws_secret_access_key=secret,
        region_name=region,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **config),
    )


class Case(unittest.TestCase):
    def setUp(self):
        self.s3 = client()

    def put(self, key, body=b"", **more):
        return self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more)

    def get(self, key, **more):
        return self.s3.get_object(Bucket=BUCKET, Key=key, **more)

    def refused(self, code, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(Bucket=BUCKET, **arguments)
        response = caught.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))
        return response

    def absent(self, key):
        self.refused("404", 404, self.s3.head_object, Key=key)


class Objects(Case):
    def test_what_is_declared_is_given_back(self):
        self.put(
            "declared",
            b"text",
            ContentType="text/plain; charset=utf-8",
            CacheControl="no-store",
            ContentDisposition='attachment; filename="a.txt"',
            ContentLanguage="en",
            Metadata={"teacher": "t-1"},
        )
        for answer in (self.get("declared"), self.s3.head_object(Bucket=BUCKET, Key="declared")):
            self.assertEqual(answer["ContentType"], "text/plain; charset=utf-8")
            self.assertEqual(answer["CacheControl"], "no-store")
            self.assertEqual(answer["ContentDisposition"], 'attachment; filename="a.txt"')
            self.assertEqual(answer["ContentLanguage"], "en")
            self.assertEqual(answer["ContentLength"], 4)
            self.assertEqual(answer["ETag"], f'"{hashlib.md5(b"text").hexdigest()}"')
            self.assertEqual(answer["Metadata"], {"teacher": "t-1"})
            self.assertNotIn("ContentEncoding", answer)

    def test_keys_of_any_kind(self):
        keys = [
            "plain",
            "../escape",
            "a/../../b",
            "/leading",
            "double//slash",
            "trailing/",
            ".",
            "..",
            "Menü – 日本語 (final) .mp4",
            "a+b c%20d&e=f?g#h",
            "emoji 🎓",
            "\u202eright to left",
            "x" * 1024,
            "é" * 512,
            "back\\slash",
            "quote\"'<>&",
            "control\x01\x07\x1f",
            "new\nline",
        ]
        for key in keys:
            self.put(key, key.encode())
        for key in keys:
            self.assertEqual(self.get(key)["Body"].read(), key.encode(), key)
        listed = self.listed()
        self.assertTrue(set(keys) <= set(listed))
        self.assertEqual(listed, sorted(listed, key=lambda key: key.encode()))
        self.refused("KeyTooLongError", 400, self.s3.put_object, Key="x" * 1025, Body=b"")
        self.refused("KeyTooLongError", 400, self.s3.put_object, Key="é" * 513, Body=b"")
        answer = self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys if "\x01" not in key]})
        self.assertNotIn("Errors", answer)
        self.s3.delete_object(Bucket=BUCKET, Key="control\x01\x07\x1f")
        self.assertFalse(set(keys) & set(self.listed()))

    def listed(self):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 7})
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def test_empty_object(self):
        self.put("empty")
        answer = self.get("empty")
        self.assertEqual(answer["ContentType"], "binary/octet-stream")
        self.assertEqual((answer["ContentLength"], answer["Body"].read()), (0, b""))
        self.refused("InvalidRange", 416, self.s3.get_object, Key="empty", Range="bytes=0-")

    def test_ranges(self):
        self.put("range", b"0123456789")
        for range_, body, told in (
            ("bytes=2-4", b"234", "bytes 2-4/10"),
            ("bytes=7-", b"789", "bytes 7-9/10"),
            ("bytes=-3", b"789", "bytes 7-9/10"),
            ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ):
            answer = self.get("range", Range=range_)
            self.assertEqual((answer["Body"].read(), answer["ContentRange"]), (body, told))
            self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 206)
        self.refused("InvalidRange", 416, self.s3.get_object, Key="range", Range="bytes=10-")

    def test_conditional_reads(self):
        etag = self.put("conditional", b"1")["ETag"]
        modified = self.get("conditional")["LastModified"]
        self.get("conditional", IfMatch=etag)
        self.get("conditional", IfNoneMatch='"other"')
        self.get("conditional", IfUnmodifiedSince=modified)
        self.refused("304", 304, self.s3.get_object, Key="conditional", IfNoneMatch=etag)
        self.refused("304", 304, self.s3.get_object, Key="conditional", IfModifiedSince=modified)
        self.refused("304", 304, self.s3.head_object, Key="conditional", IfNoneMatch=etag)
        self.refused("PreconditionFailed", 412, self.s3.get_object, Key="conditional", IfMatch='"other"')

    def test_conditional_writes(self):
        first = self.put("create-once", b"1", IfNoneMatch="*")["ETag"]
        self.refused("PreconditionFailed", 412, self.s3.put_object, Key="create-once", Body=b"2", IfNoneMatch="*")
        self.assertEqual(self.get("create-once")["Body"].read(), b"1")
        second = self.put("create-once", b"3", IfMatch=first)["ETag"]
        self.refused("PreconditionFailed", 412, self.s3.put_object, Key="create-once", Body=b"4", IfMatch=first)
        self.refused("NoSuchKey", 404, self.s3.put_object, Key="never-there", Body=b"4", IfMatch=first)
        self.refused("PreconditionFailed", 412, self.s3.delete_object, Key="create-once", IfMatch=first)
        self.s3.delete_object(Bucket=BUCKET, Key="create-once", IfMatch=second)
        self.absent("create-once")

    def test_checksums(self):
        body = b"checked"
        sums = {
            "CRC32": base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode(),
            "SHA1": base64.b64encode(hashlib.sha1(body).digest()).decode(),
            "SHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        for name, value in sums.items():
            self.assertEqual(self.put("sum", body, **{f"Checksum{name}": value})[f"Checksum{name}"], value)
            answer = self.get("sum", ChecksumMode="ENABLED")
            self.assertEqual(answer[f"Checksum{name}"], value)
            self.assertEqual(answer["ChecksumType"], "FULL_OBJECT")
            self.refused("BadDigest", 400, self.s3.put_object, Key="bad-sum", Body=b"other", **{f"Checksum{name}": value})
            self.absent("bad-sum")
        md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
        self.put("sum", body, ContentMD5=md5)
        self.refused("BadDigest", 400, self.s3.put_object, Key="bad-sum", Body=b"other", ContentMD5=md5)
        for _ in range(20):
            # Refused before the body is sent; the next request must not meet a connection that is about to close.
            self.refused("InvalidDigest", 400, self.s3.put_object, Key="bad-sum", Body=body, ContentMD5="no md5")
            self.absent("bad-sum")

    def test_copy(self):
        self.put("copy/source", b"copied", ContentType="text/plain", Metadata={"a": "1"})
        self.s3.copy_object(Bucket=BUCKET, Key="copy/ziel – ü", CopySource={"Bucket": BUCKET, "Key": "copy/source"})
        self.s3.copy_object(
            Bucket=BUCKET,
            Key="copy/other",
            CopySource={"Bucket": BUCKET, "Key": "copy/ziel – ü"},
            MetadataDirective="REPLACE",
            ContentType="text/markdown",
        )
        self.s3.delete_object(Bucket=BUCKET, Key="copy/source")
        kept, replaced = self.get("copy/ziel – ü"), self.get("copy/other")
        self.assertEqual((kept["Body"].read(), kept["ContentType"], kept["Metadata"]), (b"copied", "text/plain", {"a": "1"}))
        self.assertEqual((replaced["Body"].read(), replaced["ContentType"], replaced["Metadata"]), (b"copied", "text/markdown", {}))
        source = {"Bucket": BUCKET, "Key": "copy/nothing"}
        self.refused("NoSuchKey", 404, self.s3.copy_object, Key="copy/x", CopySource=source)
        source = {"Bucket": BUCKET, "Key": "copy/other"}
        self.refused("InvalidRequest", 400, self.s3.copy_object, Key="copy/other", CopySource=source)
        self.refused("PreconditionFailed", 412, self.s3.copy_object, Key="copy/x", CopySource=source, CopySourceIfMatch="x")

    def test_delete_twice(self):
        self.put("gone", b"1")
        for _ in range(2):
            self.s3.delete_object(Bucket=BUCKET, Key="gone")
        self.refused("NoSuchKey", 404, self.s3.get_object, Key="gone")

    def test_listing(self):
        keys = ["list/a", "list/b/1", "list/b/2", "list/b0", "list/c/1", "list/d"]
        for key in keys:
            self.put(key, b"x")
        for page_size in (1, 2, 3, 1000):
            for operation in ("list_objects", "list_objects_v2"):
                objects, prefixes = [], []
                pages = self.s3.get_paginator(operation).paginate(
                    Bucket=BUCKET, Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": page_size}
                )
                for page in pages:
                    found = page.get("Contents", []) + page.get("CommonPrefixes", [])
                    self.assertLessEqual(len(found), page_size)
                    objects += [entry["Key"] for entry in page.get("Contents", [])]
                    prefixes += [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
                self.assertEqual(objects, ["list/a", "list/b0", "list/d"])
                self.assertEqual(prefixes, ["list/b/", "list/c/"])
        answer = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", StartAfter="list/b/1")
        self.assertEqual([entry["Key"] for entry in answer["Contents"]], keys[2:])
        self.assertEqual(answer["Contents"][0]["ETag"], f'"{hashlib.md5(b"x").hexdigest()}"')
        self.refused("InvalidArgument", 400, self.s3.list_objects_v2, ContinuationToken="?")


class Uploads(Case):
    def begin(self, key, **more):
        return self.s3.create_multipart_upload(Bucket=BUCKET, Key=key, **more)["UploadId"]

    def part(self, key, upload, number, body, **more):
        answer = self.s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body, **more)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def complete(self, key, upload, parts, **more):
        return self.s3.complete_multipart_upload(
            Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **more
        )

    def refuse_completion(self, code, status, key, upload, parts):
        listed = {"Parts": parts}
        self.refused(code, status, self.s3.complete_multipart_upload, Key=key, UploadId=upload, MultipartUpload=listed)

    def test_managed_transfer(self):
        body = os.urandom(11 * MIB + 12345)
        source = "transfer-source"
        with open(source, "wb") as file:
            file.write(body)
        transfer = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=3)
        self.s3.upload_file(source, BUCKET, "managed", Config=transfer)
        self.s3.download_file(BUCKET, "managed", "transfer-target", Config=transfer)
        with open("transfer-target", "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(body).digest())
        md5s = b"".join(hashlib.md5(body[at : at + 5 * MIB]).digest() for at in range(0, len(body), 5 * MIB))
        answer = self.s3.head_object(Bucket=BUCKET, Key="managed", ChecksumMode="ENABLED")
        self.assertEqual(answer["ETag"], f'"{hashlib.md5(md5s).hexdigest()}-3"')
        self.assertEqual(answer["ContentLength"], len(body))
        # The client adds a checksum of its own accord; whether over the parts or the whole, it must be right.
        if answer["ChecksumType"] == "FULL_OBJECT":
            crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        else:
            crcs = b"".join(zlib.crc32(body[at : at + 5 * MIB]).to_bytes(4, "big") for at in range(0, len(body), 5 * MIB))
            crc = base64.b64encode(zlib.crc32(crcs).to_bytes(4, "big")).decode() + "-3"
        self.assertEqual(answer["ChecksumCRC32"], crc)
        second = self.get("managed", PartNumber=2)
        self.assertEqual((second["Body"].read(), second["PartsCount"]), (body[5 * MIB : 10 * MIB], 3))
        self.s3.copy(
            {"Bucket": BUCKET, "Key": "managed"}, BUCKET, "managed-copy", Config=transfer
        )
        self.assertEqual(self.get("managed-copy")["Body"].read(), body)
        across = self.get("managed-copy", Range=f"bytes={5 * MIB - 3}-{5 * MIB + 3}")
        self.assertEqual(across["Body"].read(), body[5 * MIB - 3 : 5 * MIB + 4])

    def test_whole_checksum_of_parts(self):
        first, second = os.urandom(5 * MIB), b"the rest"
        upload = self.begin("whole", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        parts = [self.part("whole", upload, 1, first), self.part("whole", upload, 2, second)]
        crc = base64.b64encode(zlib.crc32(first + second).to_bytes(4, "big")).decode()
        self.assertEqual(self.complete("whole", upload, parts)["ChecksumCRC32"], crc)
        sha256 = {"ChecksumAlgorithm": "SHA256"}
        upload = self.begin("whole", **sha256)
        parts = [self.part("whole", upload, 1, first, **sha256), self.part("whole", upload, 2, second, **sha256)]
        sums = hashlib.sha256(hashlib.sha256(first).digest() + hashlib.sha256(second).digest()).digest()
        answer = self.complete("whole", upload, parts)
        self.assertEqual(answer["ChecksumSHA256"], base64.b64encode(sums).decode() + "-2")
        impossible = {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"}
        self.refused("InvalidRequest", 400, self.s3.create_multipart_upload, Key="x", **impossible)

    def test_checksums_that_only_the_bucket_computes(self):
        first, second = os.urandom(5 * MIB), b"the rest"
        upload = self.begin("computed", ChecksumAlgorithm="CRC64NVME")
        # This client would add a CRC32.
        part = {"Key": "computed", "UploadId": upload, "PartNumber": 1}
        self.refused("InvalidRequest", 400, self.s3.upload_part, Body=b"x", **part)
        self.s3 = client(request_checksum_calculation="when_required")
        parts = [self.part("computed", upload, 1, first), self.part("computed", upload, 2, second)]
        in_parts = self.complete("computed", upload, parts)
        upload = self.begin("computed-again", ChecksumAlgorithm="CRC64NVME")
        in_one = self.complete("computed-again", upload, [self.part("computed-again", upload, 1, first + second)])
        self.assertEqual((in_parts["ChecksumType"], in_one["ChecksumType"]), ("FULL_OBJECT", "FULL_OBJECT"))
        self.assertEqual(in_parts["ChecksumCRC64NVME"], in_one["ChecksumCRC64NVME"])

    def test_rules_of_completion(self):
        key, large = "rules", os.urandom(5 * MIB)
        upload = self.begin(key)
        self.refused("InvalidArgument", 400, self.s3.upload_part, Key=key, UploadId=upload, PartNumber=0, Body=b"")
        self.refused("InvalidArgument", 400, self.s3.upload_part, Key=key, UploadId=upload, PartNumber=10001, Body=b"")
        self.refused("NoSuchUpload", 404, self.s3.upload_part, Key=key, UploadId="0" * 32, PartNumber=1, Body=b"")
        self.refused("NoSuchUpload", 404, self.s3.upload_part, Key="another", UploadId=upload, PartNumber=1, Body=b"")
        replaced = self.part(key, upload, 3, b"first try")
        first = self.part(key, upload, 3, large)
        last = self.part(key, upload, 10000, b"end")
        small = self.part(key, upload, 7, b"small")
        self.refuse_completion("MalformedXML", 400, key, upload, [])
        self.refuse_completion("InvalidPartOrder", 400, key, upload, [last, first])
        self.refuse_completion("InvalidPartOrder", 400, key, upload, [first, first, last])
        self.refuse_completion("InvalidPart", 400, key, upload, [replaced, last])
        self.refuse_completion("InvalidPart", 400, key, upload, [first, {"PartNumber": 4, "ETag": first["ETag"]}])
        self.refuse_completion("EntityTooSmall", 400, key, upload, [first, small, last])
        self.absent(key)
        # Gaps are allowed, and parts that are not listed are dropped.
        done = self.complete(key, upload, [first, last])
        self.assertEqual(done["Location"], f"{ENDPOINT}/{BUCKET}/{key}")
        self.assertEqual(self.get(key)["Body"].read(), large + b"end")
        # A client that lost the answer asks again.
        self.assertEqual(self.complete(key, upload, [first, last])["ETag"], done["ETag"])
        self.refuse_completion("NoSuchUpload", 404, key, upload, [first])
        self.refused("NoSuchUpload", 404, self.s3.abort_multipart_upload, Key=key, UploadId=upload)
        self.refused("NoSuchUpload", 404, self.s3.list_parts, Key=key, UploadId=upload)

    def test_abort(self):
        upload = self.begin("aborted")
        part = self.part("aborted", upload, 1, b"1")
        self.s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=upload)
        self.refuse_completion("NoSuchUpload", 404, "aborted", upload, [part])
        self.refused("NoSuchUpload", 404, self.s3.abort_multipart_upload, Key="aborted", UploadId=upload)
        self.absent("aborted")

    def test_listing_parts_to_resume(self):
        upload = self.begin("resumed")
        for number in (9, 2, 5, 7):
            self.part("resumed", upload, number, b"x" * number)
        pages = self.s3.get_paginator("list_parts").paginate(
            Bucket=BUCKET, Key="resumed", UploadId=upload, PaginationConfig={"PageSize": 3}
        )
        pages = [[(part["PartNumber"], part["Size"]) for part in page.get("Parts", [])] for page in pages]
        self.assertEqual(pages, [[(2, 2), (5, 5), (7, 7)], [(9, 9)]])
        self.s3.abort_multipart_upload(Bucket=BUCKET, Key="resumed", UploadId=upload)

    def test_listing_uploads(self):
        begun = [(key, self.begin(key)) for key in ("up/a", "up/a", "up/b/1", "up/b/2", "up/ü")]
        for page_size in (1, 2, 1000):
            pages = self.s3.get_paginator("list_multipart_uploads").paginate(
                Bucket=BUCKET, Prefix="up/", PaginationConfig={"PageSize": page_size}
            )
            found = [(entry["Key"], entry["UploadId"]) for page in pages for entry in page.get("Uploads", [])]
            self.assertEqual(found, begun)
        answer = self.s3.list_multipart_uploads(Bucket=BUCKET, Prefix="up/", Delimiter="/")
        self.assertEqual([entry["Prefix"] for entry in answer["CommonPrefixes"]], ["up/b/"])
        self.assertEqual([entry["Key"] for entry in answer["Uploads"]], ["up/a", "up/a", "up/ü"])
        for key, upload in begun:
            self.s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)

    def test_lifecycle(self):
        rule = {
            "ID": "unfinished",
            "Status": "Enabled",
            "Filter": {"Prefix": "submissions/"},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        }
        put = self.s3.put_bucket_lifecycle_configuration
        put(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
        self.assertEqual(self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"], [rule])
        foreign = {"Rules": [{**rule, "Expiration": {"Days": 1}}]}
        self.refused("NotImplemented", 501, put, LifecycleConfiguration=foreign)
        self.s3.delete_bucket_lifecycle(Bucket=BUCKET)
        self.refused("NoSuchLifecycleConfiguration", 404, self.s3.get_bucket_lifecycle_configuration)


class Access(Case):
    def test_wrong_secret_and_region(self):
        self.put("secret", b"1")
        with self.assertRaises(ClientError) as caught:
            client(secret="wrong").get_object(Bucket=BUCKET, Key="secret")
        self.assertEqual(caught.exception.response["Error"]["Code"], "SignatureDoesNotMatch")
        with self.assertRaises(ClientError) as caught:
            client(region="eu-central-1").get_object(Bucket=BUCKET, Key="secret")
        self.assertEqual(caught.exception.response["Error"]["Code"], "AuthorizationHeaderMalformed")

    def test_other_buckets(self):
        self.assertEqual([bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]], [BUCKET])
        self.s3.head_bucket(Bucket=BUCKET)
        self.assertIsNone(self.s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"])
        self.refused("BucketAlreadyOwnedByYou", 409, self.s3.create_bucket)
        with self.assertRaises(ClientError) as caught:
            self.s3.get_object(Bucket="another", Key="x")
        self.assertEqual(caught.exception.response["Error"]["Code"], "NoSuchBucket")

    def test_presigned_urls(self):
        url = self.s3.generate_presigned_url(
            "put_object", {"Bucket": BUCKET, "Key": "pre/signed ü", "ContentType": "text/plain"}, ExpiresIn=60
        )
        request = urllib.request.Request(url, b"body", {"Content-Type": "text/plain"}, method="PUT")
        with urllib.request.urlopen(request) as answer:
            self.assertEqual(answer.headers["ETag"], f'"{hashlib.md5(b"body").hexdigest()}"')
        for content_type in ("text/html", None):
            headers = {"Content-Type": content_type} if content_type else {"Content-Type": ""}
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(url, b"body", headers, method="PUT"))
            self.assertEqual(caught.exception.code, 403)
            caught.exception.close()
        parameters = {
            "Bucket": BUCKET,
            "Key": "pre/signed ü",
            "ResponseContentDisposition": "attachment",
            "ResponseContentType": "application/octet-stream",
        }
        with urllib.request.urlopen(self.s3.generate_presigned_url("get_object", parameters)) as answer:
            self.assertEqual(answer.read(), b"body")
            self.assertEqual(answer.headers["Content-Disposition"], "attachment")
            self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")

    def test_form_upload(self):
        form = self.s3.generate_presigned_post(BUCKET, "form/upload", ExpiresIn=60)
        boundary = "dossier-boundary"
        fields = [(f'name="{name}"', value) for name, value in form["fields"].items()]
        fields.append(('name="file"; filename="a.txt"', "from a form"))
        body = "".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n\r\n{value}\r\n" for name, value in fields
        )
        body += f"--{boundary}--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        with urllib.request.urlopen(urllib.request.Request(form["url"], body.encode(), headers)) as answer:
            self.assertIn(answer.status, (200, 204))
        self.assertEqual(self.get("form/upload")["Body"].read(), b"from a form")

    def test_length_is_demanded(self):
        url = urllib.parse.urlsplit(self.s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "chunked"}))
        connection = http.client.HTTPConnection(url.netloc)
        connection.request("PUT", f"{url.path}?{url.query}", iter([b"a", b"b"]), encode_chunked=True)
        self.assertEqual(connection.getresponse().status, 411)
        connection.close()
        self.absent("chunked")

    def test_chunks_are_refused(self):
        self.put("kept", b"a")
        url = urllib.parse.urlsplit(self.s3.generate_presigned_url("delete_object", {"Bucket": BUCKET, "Key": "kept"}))
        connection = http.client.HTTPConnection(url.netloc)
        connection.request("DELETE", f"{url.path}?{url.query}", iter([]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(connection.getresponse().status, 501)
        connection.close()
        self.assertEqual(self.get("kept")["Body"].read(), b"a")

    def test_refusals_are_heard_in_the_middle_of_a_body(self):
        url = client(secret="wrong").generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "refused"})
        for _ in range(5):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(url, bytes(8 * MIB), method="PUT"))
            self.assertEqual(caught.exception.code, 403)
            caught.exception.close()


if __name__ == "__main__":
    unittest.main()
