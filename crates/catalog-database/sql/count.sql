SELECT COUNT(*) FROM documents WHERE submission = ?;
