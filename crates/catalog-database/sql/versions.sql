-- Who made each document, in the order of their ids.
SELECT document, submission, vendor, adapter, adapter_version
FROM documents
WHERE document > ?
  AND schema_version = (SELECT MAX(schema_version) FROM documents AS d WHERE d.document = documents.document)
ORDER BY document
LIMIT ?;
