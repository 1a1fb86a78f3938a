-- Records a failed attempt; the item comes back after a delay, or goes to the dead letters.

local document, refusal = held()
if not document then
  return refusal
end

if args.retry_in then
  local item = key('item', args.queue, args.document)
  local at = now + args.retry_in
  count_failure(document, args.failure)
  redis.call('HSET', item, 'receives', 0)
  redis.call('HDEL', item, 'overdue')
  schedule(args.queue, args.document, 'leased', 'queued', at)
  if at <= now then
    ring(args.queue)
  end
  record(document, {
    event = 'attempt-failed',
    queue = args.queue,
    receipt = args.receipt,
    failure = args.failure,
    next_attempt_at = at,
  })
else
  bury(document, args.failure, args.receipt)
end
arm(args.queue)
return cjson.encode({ outcome = 'done' })
