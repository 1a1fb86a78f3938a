SELECT submission, name, media_type, sha256, body FROM documents WHERE document = ?;
