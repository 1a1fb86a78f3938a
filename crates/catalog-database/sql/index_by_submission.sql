CREATE INDEX IF NOT EXISTS documents_by_submission ON documents (submission DESC, document);
