-- What is known of a submission that was erased, or is about to be.

return cjson.encode({ found = view_erasure(args.submission) })
