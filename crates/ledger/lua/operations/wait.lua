-- Keeps an item, out of sight, until the third party calls back or the deadline passes.

if not in_flight(args.to) then
  return redis.error_reply('ERR a document in a queue must be in flight')
end
local document, refusal = held()
if not document then
  return refusal
end

redis.call('HSET', key('item', args.queue, args.document), 'receives', 0)
note_review(args.queue, args.review, args.document)
schedule(args.queue, args.document, 'leased', 'waiting', now + args.deadline)
arm(args.queue)
patch_facts(document, args.facts_patch)
move(document, args.to, {
  event = 'accepted',
  queue = args.queue,
  receipt = args.receipt,
  review = args.review,
  next_attempt_at = now + args.deadline,
})
settled(args.queue, 'up')
return cjson.encode({ outcome = 'done' })
