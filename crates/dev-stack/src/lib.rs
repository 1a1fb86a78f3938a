//! Everything Dossier needs on one machine: Redis, a bucket, a review service and the application.
