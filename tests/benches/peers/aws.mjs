// node aws.mjs FILE KEY: the AWS SDK's uploader, four parts at once.

import { createReadStream } from "node:fs";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { bucket, configuration, timed } from "./bucket.mjs";

const [path, key] = process.argv.slice(2);
const client = new S3Client(configuration);
const params = { Bucket: bucket, Key: key, Body: createReadStream(path), ContentType: "video/mp4" };
await timed(() => new Upload({ client, params, partSize: 5 * 1024 * 1024, queueSize: 4 }).done());
