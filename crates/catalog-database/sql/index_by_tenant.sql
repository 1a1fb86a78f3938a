CREATE INDEX IF NOT EXISTS documents_by_tenant ON documents (tenant, submission DESC, document);
