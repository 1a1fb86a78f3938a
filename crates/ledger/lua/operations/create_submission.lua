-- Creates a submission and its documents, once.

local made, is_another = made_before()
if made then
  return cjson.encode(is_another and { outcome = 'key-reused' } or { outcome = 'replayed', submission = made })
end

if redis.call('EXISTS', key('submission', args.id)) == 1 then
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

create_submission(args.id, now)
remember_made(args.id)
for _, new in ipairs(args.documents) do
  redis.call('RPUSH', key('documents', args.id), new.id)
  create_document(new.id, args.id, new.facts)
end
return cjson.encode({ outcome = 'new' })
