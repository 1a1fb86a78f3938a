-- Fails all documents of a submission that are not failed yet, unless one of them has got too far.

local documents = {}
for index, id in ipairs(redis.call('LRANGE', key('documents', args.submission), 0, -1)) do
  local document = load_document(id)
  if document.state ~= 'failed' and not contains(args.from, document.state) then
    return cjson.encode({ outcome = 'refused', state = document.state })
  end
  documents[index] = document
end
if #documents == 0 then
  return cjson.encode({ outcome = 'unknown' })
end

local submission = key('submission', args.submission)
if redis.call('HSETNX', submission, 'withdrawn_at', now) == 0 then
  return cjson.encode({ outcome = 'done' })
end
for _, document in ipairs(documents) do
  -- A dead letter that nobody wants any more is none.
  take_out(document)
  if document.state == 'failed' then
    record(document, { event = 'withdrawn' })
  else
    move(document, 'failed', { event = 'withdrawn', failure = args.failure })
  end
end
return cjson.encode({ outcome = 'done' })
