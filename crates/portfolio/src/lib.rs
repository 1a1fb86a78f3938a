//! What a teacher hands in: submissions, documents, the kinds of file that are taken, and where they lie in the bucket.
