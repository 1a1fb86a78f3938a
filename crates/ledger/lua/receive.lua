-- Takes what is due from a queue and hides it for the lease.

local queue = args.queue
local entries = key('queue', queue)

if args.entering and not in_flight(args.entering) then
  return redis.error_reply('ERR a document in a queue must be in flight')
end

local function take(id)
  local document = load_document(id)
  local name = key('item', queue, id)
  local item = read_hash(name)
  if not document or not item then
    -- Only a Redis that evicts keys comes to this. What is lost is lost, but it must not block what is not.
    unschedule(queue, id, 'leased')
    unschedule(queue, id, 'waiting')
    return nil
  end

  local receives = tonumber(item.receives)
  if receives >= args.max_receives then
    bury(document, {
      code = 'worker-crashed',
      message = 'Workers took the document ' .. receives .. ' times and stopped in the middle of it each time.',
    })
    return nil
  end

  local failures = tonumber(item.failures)
  local overdue = item.overdue ~= nil
  if item.phase == 'waiting' then
    local failure = { code = 'callback-overdue', message = 'The third party did not call back in time.' }
    count_failure(document, failure)
    redis.call('HSET', name, 'overdue', 1)
    record(document, {
      event = 'callback-overdue',
      queue = queue,
      receipt = tonumber(document['receipt:' .. queue]),
      review = document.review,
      failure = failure,
    })
    failures = failures + 1
    overdue = true
  end

  local receipt = redis.call('HINCRBY', key('document', id), 'receipt:' .. queue, 1)
  redis.call('HSET', name, 'receives', receives + 1)
  schedule(queue, id, item.phase, 'leased', now + args.lease)
  move(document, args.entering or document.state, {
    event = 'received',
    queue = queue,
    receipt = receipt,
    worker = args.worker,
  })

  local submission = read_hash(key('submission', document.submission))
  return {
    document = id,
    submission = document.submission,
    owner = submission.owner,
    name_of_owner = submission.name_of_owner,
    title = submission.title,
    receipt = receipt,
    failures = failures,
    body = item.body,
    facts = facts_of(document),
    review = document.review,
    traceparent = document.traceparent,
    enqueued_at = tonumber(item.enqueued_at),
    now = now,
    callback_overdue = overdue,
  }
end

-- The worker is here: the bell was heard.
redis.call('HDEL', key('meta', queue), 'bell')

-- Items that go to the dead letters are not returned, but take time, in which Redis does nothing else.
local budget = args.max + 128
local items = {}
while #items < args.max and budget > 0 do
  local due = redis.call('ZRANGEBYSCORE', entries, '-inf', now, 'LIMIT', 0, math.min(args.max - #items, budget))
  if #due == 0 then
    break
  end
  for _, id in ipairs(due) do
    items[#items + 1] = take(id)
  end
  budget = budget - #due
end
arm(queue)

local due, next_due_in = outlook(queue)
return cjson.encode({ items = list(items), due = due, next_due_in = next_due_in })
