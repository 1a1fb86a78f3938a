-- Puts a new document in the place of one that failed.

local idempotency = key('idempotency', args.owner)
local earlier = args.idempotency_key and redis.call('HGET', idempotency, args.idempotency_key)
if earlier then
  earlier = cjson.decode(earlier)
  if earlier.fingerprint ~= args.fingerprint then
    return cjson.encode({ outcome = 'key-reused' })
  end
  return cjson.encode({ outcome = 'replayed' })
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
local document = { id = args.new, submission = args.submission, state = 'awaiting-upload' }
redis.call(
  'HSET', key('document', args.new), 'submission', args.submission, 'state', document.state, 'since', now, 'version', 0
)
patch_facts(document, args.facts)
record(document, { event = 'created', detail = cjson.encode({ replaces = args.document }) })
if args.idempotency_key then
  local made = cjson.encode({ submission = args.submission, fingerprint = args.fingerprint })
  redis.call('HSET', idempotency, args.idempotency_key, made)
end
return cjson.encode({ outcome = 'done' })
