-- One submission with its documents.

return cjson.encode({ found = view_submission(args.id) })
