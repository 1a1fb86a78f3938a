-- Puts back a submission that was lost, as far as it is not there: what was found of its documents elsewhere says where each
-- is. Doing it twice does it once.

-- What is left of it in the bucket is about to be deleted.
if is_erased(args.id) then
  return cjson.encode({})
end
for _, new in ipairs(args.documents) do
  if in_flight(new.state) ~= (new.enqueue ~= nil) then
    return redis.error_reply('ERR a document in flight, and no other, must be in a queue')
  end
  if (new.state == 'failed') ~= (new.failure ~= nil) then
    return redis.error_reply('ERR a document that fails, and no other, has a failure')
  end
  local submission = redis.call('HGET', key('document', new.id), 'submission')
  if submission and submission ~= args.id then
    return redis.error_reply('ERR a document of this id belongs to another submission')
  end
end

local name = key('submission', args.id)
if redis.call('EXISTS', name) == 0 then
  create_submission(args.id, args.created_at)
  if args.withdrawn_at then
    redis.call('HSET', name, 'withdrawn_at', args.withdrawn_at)
  end
end

local restored = {}
for _, new in ipairs(args.documents) do
  local document_name = key('document', new.id)
  if redis.call('EXISTS', document_name) == 0 then
    redis.call('RPUSH', key('documents', args.id), new.id)
    local document = create_document(new.id, args.id, new.facts)
    if new.enqueue then
      -- A callback that was taken in may be lost with the rest, and the third party would never send it again: it is asked anew,
      -- under a key that no round before can have had.
      redis.call('HSET', document_name, 'round', math.floor(now / 1000))
      enqueue(document, new.enqueue, new.state)
    end
    move(document, new.state, { event = 'restored', by = args.by, failure = new.failure })
    restored[#restored + 1] = new.id
  end
end
return cjson.encode({ restored = list(restored) })
