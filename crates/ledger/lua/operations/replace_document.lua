-- Puts a new document in the place of one that failed.

local made, is_another = made_before()
if made then
  return cjson.encode({ outcome = is_another and 'key-reused' or 'replayed' })
end

local old = load_document(args.document)
if not old or old.submission ~= args.submission then
  return cjson.encode({ outcome = 'unknown' })
end
local withdrawn = redis.call('HGET', key('submission', args.submission), 'withdrawn_at')
if old.state ~= 'failed' or old.replaced_by or withdrawn then
  return cjson.encode({ outcome = 'refused', state = old.state })
end
if redis.call('EXISTS', key('document', args.new)) == 1 then
  return redis.error_reply('ERR a document of this id exists already')
end
local documents = key('documents', args.submission)
local place
for index, id in ipairs(redis.call('LRANGE', documents, 0, -1)) do
  if id == args.document then
    place = index - 1
  end
end
if not place then
  return redis.error_reply('ERR the document is not in its submission')
end

take_out(old)
redis.call('HSET', key('document', args.document), 'replaced_by', args.new)
record(old, { event = 'replaced', detail = cjson.encode({ by = args.new }) })
redis.call('LSET', documents, place, args.new)
create_document(args.new, args.submission, args.facts, cjson.encode({ replaces = args.document }))
redis.call('HSET', key('document', args.new), 'replaces', args.document)
keep(args.submission)
remember_made(args.submission)
return cjson.encode({ outcome = 'done' })
