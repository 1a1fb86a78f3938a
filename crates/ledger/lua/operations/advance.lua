-- Moves a document that no worker holds.

local document = load_document(args.document)
if not document then
  return cjson.encode({ outcome = 'unknown' })
end
if not contains(args.from, document.state) then
  return cjson.encode({ outcome = 'already', state = document.state })
end
if in_flight(args.to) and not args.enqueue and not document.queue then
  return redis.error_reply('ERR a document in flight must be in a queue')
end
if not in_flight(args.to) and args.enqueue then
  return redis.error_reply('ERR a document that is not in flight must be in no queue')
end
if (args.to == 'failed') ~= (args.failure ~= nil) then
  return redis.error_reply('ERR a document that fails, and no other, has a failure')
end

local is_kept = in_flight(args.to) and not args.enqueue
-- A document that fails once more stays among the dead letters: only redrive and discard take it off them.
local is_dead_letter_kept = args.to == 'failed' and document.dead
if not is_kept and not is_dead_letter_kept then
  take_out(document)
end
if args.enqueue then
  enqueue(document, args.enqueue, args.to)
  if document.state == 'failed' then
    begin_round(document)
  end
end
patch_facts(document, args.facts_patch)
move(document, args.to, {
  event = args.event,
  by = args.by,
  detail = args.detail,
  failure = args.failure,
  queue = args.enqueue and args.enqueue.queue,
})
return cjson.encode({ outcome = 'moved' })
