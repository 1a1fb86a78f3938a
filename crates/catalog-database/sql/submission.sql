SELECT document, submission, title, teacher, name, kind, media_type, vendor, annotations, normalized_at
FROM documents
WHERE submission = ?
  AND schema_version = (SELECT MAX(schema_version) FROM documents AS d WHERE d.document = documents.document)
ORDER BY document;
