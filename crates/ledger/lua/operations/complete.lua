-- Settles an item and queues the next stage's.

if in_flight(args.to) and not args.handoff then
  return redis.error_reply('ERR a document in flight must be in a queue')
end
if not in_flight(args.to) and args.handoff then
  return redis.error_reply('ERR a document that is not in flight must be in no queue')
end
if args.to == 'failed' then
  return redis.error_reply('ERR a stage that is completed does not fail')
end
local document, refusal = held()
if not document then
  return refusal
end

take_out(document)
if args.handoff then
  enqueue(document, args.handoff, args.to)
end
patch_facts(document, args.facts_patch)
move(document, args.to, { event = args.event, queue = args.queue, receipt = args.receipt, detail = args.detail })
settled(args.queue, 'up')
return cjson.encode({ outcome = 'done' })
