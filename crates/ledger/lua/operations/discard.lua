-- Takes a document off the dead letters for good.

local document = load_document(args.document)
if not document then
  return cjson.encode({ outcome = 'unknown' })
end
if document.dead ~= args.queue then
  return cjson.encode({ outcome = 'not-dead', state = document.state })
end

take_out(document)
record(document, {
  event = 'discarded',
  queue = args.queue,
  by = args.by,
  detail = cjson.encode({ reason = args.reason }),
})
return cjson.encode({ outcome = 'done', state = document.state })
