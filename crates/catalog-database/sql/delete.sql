-- Everything of a submission, in all of its versions.
DELETE FROM documents WHERE submission = ?;
