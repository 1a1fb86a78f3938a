-- Gives a dead letter a fresh policy.

if args.anew and not in_flight(args.to) then
  return redis.error_reply('ERR a document in a queue must be in flight')
end
local document = load_document(args.document)
if not document then
  return cjson.encode({ outcome = 'unknown' })
end
if document.dead ~= args.queue then
  return cjson.encode({ outcome = 'not-dead', state = document.state })
end
local state = revive(document, args.by, args.anew, args.to)
if not state then
  return redis.error_reply('ERR the route has no queue for this document')
end
return cjson.encode({ outcome = 'done', state = state })
