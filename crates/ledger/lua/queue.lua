-- Gives an item its phase and the time when it becomes due. Beside the queue itself there is an index of the items in each
-- of these phases.
local INDEXED = { leased = true, waiting = true }

local function schedule(queue, id, was, phase, at)
  redis.call('ZADD', key('queue', queue), at, id)
  if INDEXED[was] and was ~= phase then
    redis.call('ZREM', key(was, queue), id)
  end
  if INDEXED[phase] then
    redis.call('ZADD', key(phase, queue), at, id)
  end
  if was ~= phase then
    redis.call('HSET', key('item', queue, id), 'phase', phase)
  end
end

local function unschedule(queue, id, was)
  redis.call('ZREM', key('queue', queue), id)
  if INDEXED[was] then
    redis.call('ZREM', key(was, queue), id)
  end
end

-- Queues a document that is in no queue, and will be in this state while it waits there.
local function enqueue(document, entry, state)
  local queue = entry.queue
  local at = now + entry.delay
  local item = key('item', queue, document.id)
  redis.call('HSET', item, 'body', entry.body, 'state', state, 'enqueued_at', now, 'failures', 0, 'receives', 0)
  schedule(queue, document.id, nil, 'queued', at)
  redis.call('HSET', key('document', document.id), 'queue', queue)
  if entry.traceparent then
    redis.call('HSET', key('document', document.id), 'traceparent', entry.traceparent)
  end
  if at <= now then
    ring(queue)
  end
  arm(queue)
end

-- The dead letters of all queues, and those of one.
local function dead_letters_of(queue)
  return queue and key('dead', queue) or root .. ':dead-letters'
end

local function leave_dead_letters(document)
  redis.call('ZREM', dead_letters_of(document.dead), document.id)
  redis.call('ZREM', dead_letters_of(), document.id)
end

-- A third party's review is of one document: of the first for which it was accepted, or called back, in this queue.
local function note_review(queue, review, id)
  redis.call('SADD', key('reviews', id), review)
  redis.call('HSETNX', key('reviewed', queue), review, id)
  redis.call('HSET', key('document', id), 'review', review)
end

-- A document that is on its way again after it was given up. If a third party had accepted it before, a review that came
-- to nothing must not be what the same idempotency key gives again: a new round begins.
local function begin_round(document)
  if redis.call('EXISTS', key('reviews', document.id)) == 1 then
    redis.call('HINCRBY', key('document', document.id), 'round', 1)
  end
end

-- Takes a document out of the queue that it is in, or off that queue's dead letters.
local function take_out(document)
  local queue = document.queue or document.dead
  if not queue then
    return
  end
  local item = key('item', queue, document.id)
  if document.queue then
    unschedule(queue, document.id, redis.call('HGET', item, 'phase'))
    arm(queue)
  else
    leave_dead_letters(document)
  end
  redis.call('DEL', item, key('attempts', queue, document.id))
  redis.call('HDEL', key('document', document.id), 'queue', 'dead')
  document.queue = nil
  document.dead = nil
end

-- Notes a failed attempt at a document's item, whether or not it counts against the policy.
local function note_failure(document, failure)
  local attempts = key('attempts', document.queue, document.id)
  local attempt = {
    at = now,
    receipt = tonumber(document['receipt:' .. document.queue]),
    code = failure.code,
    message = failure.message,
  }
  redis.call('RPUSH', attempts, cjson.encode(attempt))
  redis.call('LTRIM', attempts, -ATTEMPTS_KEPT, -1)
  count_reason(document.queue, failure.code)
end

-- Counts a failed attempt at a document's item.
local function count_failure(document, failure)
  note_failure(document, failure)
  redis.call('HINCRBY', key('item', document.queue, document.id), 'failures', 1)
end

-- Moves a document's item to the dead letters: the document fails.
local function bury(document, failure, receipt)
  local queue = document.queue
  local item = key('item', queue, document.id)
  count_failure(document, failure)
  unschedule(queue, document.id, redis.call('HGET', item, 'phase'))
  redis.call('ZADD', dead_letters_of(queue), now, document.id)
  redis.call('ZADD', dead_letters_of(), now, document.id)
  count('dead_lettered', queue)
  redis.call('HSET', item, 'phase', 'dead')
  redis.call('HDEL', key('document', document.id), 'queue')
  redis.call('HSET', key('document', document.id), 'dead', queue)
  document.queue = nil
  document.dead = queue
  move(document, 'failed', { event = 'dead-lettered', queue = queue, receipt = receipt, failure = failure })
end

-- The queue for a document, by something that is known about it.
local function routed(document, route)
  local value = document['fact:' .. route.fact]
  return value and route.queues[cjson.decode(value)]
end

-- Gives a dead letter a fresh policy: in its queue and the state in which it was queued; or, if it is to go on elsewhere (`anew`), in
-- the queue of its route and the state `to`, as if it had come there for the first time. Nothing where the route has no queue for it.
local function revive(document, by, anew, to)
  local elsewhere = anew and routed(document, anew.route)
  if anew and not elsewhere then
    return nil
  end
  begin_round(document)
  if elsewhere then
    take_out(document)
    enqueue(document, { queue = elsewhere, body = anew.body, delay = 0 }, to)
    move(document, to, { event = 'redriven', queue = elsewhere, by = by })
    return to
  end
  local queue = document.dead
  local name = key('document', document.id)
  local item = key('item', queue, document.id)
  local state = redis.call('HGET', item, 'state')
  leave_dead_letters(document)
  redis.call('HDEL', name, 'dead')
  redis.call('HSET', name, 'queue', queue)
  document.queue = queue
  document.dead = nil
  redis.call('HSET', item, 'failures', 0, 'receives', 0)
  redis.call('HDEL', item, 'overdue')
  schedule(queue, document.id, 'dead', 'queued', now)
  ring(queue)
  arm(queue)
  move(document, state, { event = 'redriven', queue = queue, by = by })
  return state
end

-- The document whose item the caller holds, or nil and the reply that says why it holds none.
local function held()
  local document = load_document(args.document)
  if not document then
    return nil, cjson.encode({ outcome = 'gone' })
  end
  if document.queue ~= args.queue then
    return nil, cjson.encode({ outcome = 'gone', state = document.state })
  end
  local phase = redis.call('HGET', key('item', args.queue, args.document), 'phase')
  if phase ~= 'leased' or tonumber(document['receipt:' .. args.queue]) ~= args.receipt then
    return nil, cjson.encode({ outcome = 'stale', state = document.state })
  end
  return document
end
