-- Creates a submission and its documents, once.

local idempotency = key('idempotency', args.owner)
local earlier = args.idempotency_key and redis.call('HGET', idempotency, args.idempotency_key)
if earlier then
  earlier = cjson.decode(earlier)
  if earlier.fingerprint ~= args.fingerprint then
    return cjson.encode({ outcome = 'key-reused' })
  end
  return cjson.encode({ outcome = 'replayed', submission = earlier.submission })
end

local name = key('submission', args.id)
if redis.call('EXISTS', name) == 1 then
  return cjson.encode({ outcome = 'replayed', submission = args.id })
end
-- Ids are UUIDv7, which begin with the time in milliseconds: those of a day are a range.
if args.most_per_day then
  local since = string.format('%012x', now - 24 * 3600 * 1000)
  local from = '[' .. since:sub(1, 8) .. '-' .. since:sub(9, 12)
  if redis.call('ZLEXCOUNT', key('submissions', args.owner), from, '+') >= args.most_per_day then
    return cjson.encode({ outcome = 'too-many' })
  end
end
for _, document in ipairs(args.documents) do
  if redis.call('EXISTS', key('document', document.id)) == 1 then
    return redis.error_reply('ERR a document of this id belongs to another submission')
  end
end

redis.call('HSET', name, 'owner', args.owner, 'title', args.title, 'created_at', now, 'version', 1)
if args.name_of_owner then
  redis.call('HSET', name, 'name_of_owner', args.name_of_owner)
end
redis.call('ZADD', key('submissions', args.owner), 0, args.id)
if args.idempotency_key then
  local made = cjson.encode({ submission = args.id, fingerprint = args.fingerprint })
  redis.call('HSET', idempotency, args.idempotency_key, made)
end

for _, new in ipairs(args.documents) do
  local document = { id = new.id, submission = args.id, state = 'awaiting-upload' }
  redis.call(
    'HSET', key('document', new.id), 'submission', args.id, 'state', document.state, 'since', now, 'version', 0
  )
  redis.call('RPUSH', key('documents', args.id), new.id)
  patch_facts(document, new.facts)
  record(document, { event = 'created' })
end
return cjson.encode({ outcome = 'new' })
