-- One document.

return cjson.encode({ found = view_document(args.document) })
