// The bucket of the development stack, as the benchmark says where it is.

const { BUCKET_ENDPOINT, BUCKET_ACCESS_KEY, BUCKET_SECRET_KEY } = process.env;

export const bucket = "dossier";

export const configuration = {
  endpoint: BUCKET_ENDPOINT,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: { accessKeyId: BUCKET_ACCESS_KEY, secretAccessKey: BUCKET_SECRET_KEY },
  // As before 2025: otherwise each part is summed a second time, which none of the others does.
  requestChecksumCalculation: "WHEN_REQUIRED",
};

/** Runs, and prints how many seconds that took. */
export async function timed(run) {
  const begun = performance.now();
  await run();
  console.log(JSON.stringify({ seconds: (performance.now() - begun) / 1000 }));
}
