SELECT document, submission, title, teacher, name, kind, media_type, vendor, annotations, normalized_at
FROM documents
WHERE submission = ?
ORDER BY document;
