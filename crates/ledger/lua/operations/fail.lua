-- Records a failed attempt; the item comes back after a delay, or goes to the dead letters.

local document, refusal = held()
if not document then
  return refusal
end

local queue = args.queue
local counts = args.dependency ~= 'down' or count_outage(queue, args.document)
if args.retry_in or not counts then
  local item = key('item', queue, args.document)
  local at = now + (args.retry_in or 0)
  local detail
  if counts then
    count_failure(document, args.failure)
  else
    -- The third party is down, which is no fault of the document's: it waits until the third party is probed again.
    note_failure(document, args.failure)
    at = math.max(at, tonumber(redis.call('HGET', key('meta', queue), 'breaker_until')))
    detail = '{"counted":false}'
  end
  redis.call('HSET', item, 'receives', 0)
  redis.call('HDEL', item, 'overdue')
  schedule(queue, args.document, 'leased', 'queued', at)
  record(document, {
    event = 'attempt-failed',
    queue = queue,
    receipt = args.receipt,
    failure = args.failure,
    next_attempt_at = at,
    detail = detail,
  })
  if at <= now then
    ring(queue)
  end
else
  bury(document, args.failure, args.receipt)
end
settled(queue, args.dependency)
arm(queue)
return cjson.encode({ outcome = 'done' })
