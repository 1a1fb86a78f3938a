// What the pages take of Uppy. `npm run bundle` in tests/uppy, where its version is, makes components/web/pages/uppy.js of it.

export { default as AwsS3 } from "@uppy/aws-s3";
export { default as Uppy } from "@uppy/core";
