-- Gives a dead letter a fresh policy.

if not in_flight(args.to) then
  return redis.error_reply('ERR a document in a queue must be in flight')
end
local document = load_document(args.document)
if not document then
  return cjson.encode({ outcome = 'unknown' })
end
if document.dead ~= args.queue then
  return cjson.encode({ outcome = 'not-dead', state = document.state })
end

local name = key('document', args.document)
local item = key('item', args.queue, args.document)
redis.call('ZREM', key('dead', args.queue), args.document)
redis.call('HDEL', name, 'dead')
redis.call('HSET', name, 'queue', args.queue)
redis.call('HSET', item, 'failures', 0, 'receives', 0)
redis.call('HDEL', item, 'overdue')
schedule(args.queue, args.document, 'dead', 'queued', now)
ring(args.queue)
arm(args.queue)
move(document, args.to, { event = 'redriven', queue = args.queue, by = args.by })
return cjson.encode({ outcome = 'done' })
