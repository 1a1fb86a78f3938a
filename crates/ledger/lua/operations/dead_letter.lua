-- One dead letter.

return cjson.encode({ found = view_dead_letter(args.queue, args.document) })
