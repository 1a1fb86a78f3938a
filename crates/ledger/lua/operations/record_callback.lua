-- Takes a document out of the queue in which it waits for the third party, and queues its next stage.

if not in_flight(args.to) then
  return redis.error_reply('ERR a document in a queue must be in flight')
end
local document = load_document(args.document)
if not document then
  return cjson.encode({ outcome = 'unknown' })
end

local webhooks = key('webhooks', args.vendor)
redis.call('ZREMRANGEBYSCORE', webhooks, '-inf', string.format('(%.0f', now - args.remembered))
if redis.call('ZSCORE', webhooks, args.webhook_id) then
  return cjson.encode({ outcome = 'duplicate' })
end

local queue = document.queue or document.dead
if not contains(args.from, document.state) or queue ~= args.awaiting then
  return cjson.encode({ outcome = 'not-awaited', state = document.state })
end

-- While the item waits, or has given up waiting, the reviews that were accepted are known, and no other can be meant.
-- Until then the request is on its way, or its answer was lost: whatever calls back is the review, unless it is known to be of
-- another document.
local reviews = key('reviews', args.document)
if redis.call('SISMEMBER', reviews, args.review) == 0 then
  local phase = redis.call('HGET', key('item', queue, args.document), 'phase')
  local is_known = (phase == 'waiting' or phase == 'dead') and redis.call('SCARD', reviews) > 0
  local of = redis.call('HGET', key('reviewed', queue), args.review)
  if is_known or (of and of ~= args.document) then
    return cjson.encode({ outcome = 'other-review' })
  end
end

redis.call('ZADD', webhooks, now, args.webhook_id)
note_review(queue, args.review, args.document)
take_out(document)
enqueue(document, args.enqueue, args.to)
move(document, args.to, { event = 'callback-received', queue = args.awaiting, review = args.review })
settled(args.awaiting)
return cjson.encode({ outcome = 'queued' })
