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
  if args.vendor and document.vendor ~= args.vendor then
    redis.call('HSET', key('document', id), 'vendor', args.vendor)
  end
  schedule(queue, id, item.phase, 'leased', now + args.lease)
  count('attempts', queue)
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
    evaluators = submission.evaluators,
    assigned_at = tonumber(submission.assigned_at),
    title = submission.title,
    receipt = receipt,
    failures = failures,
    body = item.body,
    facts = facts_of(document),
    review = document.review,
    round = tonumber(document.round or 0),
    traceparent = document.traceparent,
    enqueued_at = tonumber(item.enqueued_at),
    now = now,
    callback_overdue = overdue,
  }
end

-- The worker is here: the bell was heard. And it brings the queue's limits.
local meta = key('meta', queue)
redis.call('HDEL', meta, 'bell')
local limits = {}
if args.limits then
  limits = cjson.decode(args.limits)
  redis.call('HSET', meta, 'limits', args.limits)
else
  redis.call('HDEL', meta, 'limits')
end
local allowed = allowance(queue, args.max, limits)

-- Items that go to the dead letters are not returned, but take time, in which Redis does nothing else.
local budget = args.max + 128
local items = {}
while #items < allowed.room and budget > 0 do
  local due = redis.call('ZRANGEBYSCORE', entries, '-inf', now, 'LIMIT', 0, math.min(allowed.room - #items, budget))
  if #due == 0 then
    break
  end
  for _, id in ipairs(due) do
    items[#items + 1] = take(id)
  end
  budget = budget - #due
end

if allowed.tokens then
  redis.call('HSET', meta, 'tokens', string.format('%.6f', allowed.tokens - #items), 'tokens_at', now)
end
if allowed.probing and #items > 0 then
  -- Until the probe is settled, or its lease is over, there is no other.
  redis.call('HSET', meta, 'breaker', 'half-open', 'breaker_until', now + args.lease)
end
local due, next_due_in = outlook(queue)
local reason = due > 0 and #items == allowed.room and allowed.reason or nil
if reason and reason ~= 'paused' then
  hold(queue, reason, allowed.until_when)
else
  unhold(queue)
end
arm(queue)
return cjson.encode({ items = list(items), due = due, next_due_in = next_due_in, held_back = reason })
