-- The documents of a submission, and since when the evaluators are assigned for whom each was written last.
SELECT document, MAX(assigned_at)
FROM documents
WHERE submission = ?
GROUP BY document;
