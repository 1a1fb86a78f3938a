-- What every script begins with.
--
-- KEYS[1] is the beginning of every key, the tag in braces. ARGV[1] is the operation's arguments, in JSON, without nulls.
-- ARGV[2] is added to the clock, in milliseconds: 0 outside of tests.
--
-- Redis does not undo what a script wrote before an error. So a script decides first, on everything that may be refused,
-- and then writes.
--
-- What the ledger only carries (bodies, facts, details) is text here, never a table: cjson would not write it back
-- unchanged.

local root = KEYS[1]
local args = cjson.decode(ARGV[1])

-- How long a pending bell is believed, and how soon the alarm repairs a bell that nobody heard, in milliseconds.
local BELL_BELIEVED = 5000
local BELL_REPAIRED = 5000
-- How many events, after the creation, a document's history keeps; how many failed attempts an item keeps.
local EVENTS_KEPT = 1000
local ATTEMPTS_KEPT = 32

local now
do
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2])
end

-- Scripts name dozens of keys: a concatenation costs a third of what table.concat over `...` does.
local function key(kind, name, id)
  if id then
    return root .. ':' .. kind .. ':' .. name .. ':' .. id
  end
  return root .. ':' .. kind .. ':' .. name
end

local function read_hash(name)
  local flat = redis.call('HGETALL', name)
  if #flat == 0 then
    return nil
  end
  local fields = {}
  for index = 1, #flat, 2 do
    fields[flat[index]] = flat[index + 1]
  end
  return fields
end

-- A list for a reply. cjson writes an empty table as {}; an absent field is the empty list.
local function list(values)
  return #values > 0 and values or nil
end

local function contains(values, value)
  for _, candidate in ipairs(values) do
    if candidate == value then
      return true
    end
  end
  return false
end

-- Whether a document in this state must be in a queue.
local function in_flight(state)
  return state ~= 'awaiting-upload' and state ~= 'ready' and state ~= 'failed'
end

local function load_document(id)
  local document = read_hash(key('document', id))
  if document then
    document.id = id
  end
  return document
end

local function facts_of(document)
  local facts = {}
  for name, value in pairs(document) do
    if name:sub(1, 5) == 'fact:' then
      facts[name:sub(6)] = value
    end
  end
  return facts
end

local function patch_facts(document, patch)
  for name, value in pairs(patch or {}) do
    if value == 'null' then
      redis.call('HDEL', key('document', document.id), 'fact:' .. name)
    else
      redis.call('HSET', key('document', document.id), 'fact:' .. name, value)
    end
  end
end

-- Appends to a document's history. Every change goes through here, so the versions grow here.
local function record(document, entry)
  entry.at = now
  entry.state = document.state
  local history = key('history', document.id)
  if redis.call('RPUSH', history, cjson.encode(entry)) > EVENTS_KEPT + 1 then
    local creation = redis.call('LPOP', history)
    redis.call('LPOP', history)
    redis.call('LPUSH', history, creation)
  end
  redis.call('HINCRBY', key('document', document.id), 'version', 1)
  redis.call('HINCRBY', key('submission', document.submission), 'version', 1)
end

-- Moves a document to a state (perhaps the one that it is in) and says so in its history. entry.failure is kept as the
-- reason while the document is failed.
local function move(document, to, entry)
  local name = key('document', document.id)
  if document.state ~= to then
    entry.from = document.state
    document.state = to
    redis.call('HSET', name, 'state', to, 'since', now)
    if entry.from == 'failed' then
      redis.call('HDEL', name, 'failure_code', 'failure_message')
    end
  end
  if to == 'failed' and entry.failure then
    redis.call('HSET', name, 'failure_code', entry.failure.code, 'failure_message', entry.failure.message)
  end
  record(document, entry)
end

-- Publishes a queue's bell. Whoever nobody listened to has not been heard: then no bell is pending.
local function publish_bell(queue)
  if redis.call('PUBLISH', root:sub(2, -2) .. ':bell:' .. queue, '1') > 0 then
    redis.call('HSET', key('meta', queue), 'bell', now)
  end
end

-- Rings a queue's bell, unless one is pending.
local function ring(queue)
  local pending = redis.call('HGET', key('meta', queue), 'bell')
  local age = pending and now - tonumber(pending)
  if not age or age < 0 or age >= BELL_BELIEVED then
    publish_bell(queue)
  end
end

-- When the first item becomes due that is not yet.
local function next_due(queue)
  local found = redis.call(
    'ZRANGEBYSCORE', key('queue', queue), string.format('(%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1
  )
  return found[2] and tonumber(found[2])
end

-- How many items are due, and in how many milliseconds the next one will be.
local function outlook(queue)
  local at = next_due(queue)
  return redis.call('ZCOUNT', key('queue', queue), '-inf', now), at and at - now
end

-- Arms a queue's alarm. Every script that changes a queue ends with it.
local function arm(queue)
  local alarm = key('alarm', queue)
  local first = redis.call('ZRANGE', key('queue', queue), 0, 0, 'WITHSCORES')[2]
  if not first then
    redis.call('DEL', alarm)
    return
  end
  local delay = tonumber(first) - now
  if delay <= 0 then
    -- Something is due, and its bell may have been lost. An alarm that goes off sooner stays: steady traffic must not
    -- put the repair off for ever.
    delay = BELL_REPAIRED
    local at = next_due(queue)
    if at then
      delay = math.min(delay, at - now)
    end
    local left = redis.call('PTTL', alarm)
    if left > 0 then
      delay = math.min(delay, left)
    end
  end
  redis.call('SET', alarm, '1', 'PX', math.max(delay, 1))
end

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

-- Queues a document that is in no queue.
local function enqueue(document, entry)
  local queue = entry.queue
  local at = now + entry.delay
  local item = key('item', queue, document.id)
  redis.call('HSET', item, 'body', entry.body, 'enqueued_at', now, 'failures', 0, 'receives', 0)
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
    redis.call('ZREM', key('dead', queue), document.id)
  end
  redis.call('DEL', item, key('attempts', queue, document.id))
  redis.call('HDEL', key('document', document.id), 'queue', 'dead')
  document.queue = nil
  document.dead = nil
end

-- Counts a failed attempt at a document's item.
local function count_failure(document, failure)
  local attempts = key('attempts', document.queue, document.id)
  local attempt = {
    at = now,
    receipt = tonumber(document['receipt:' .. document.queue]),
    code = failure.code,
    message = failure.message,
  }
  redis.call('RPUSH', attempts, cjson.encode(attempt))
  redis.call('LTRIM', attempts, -ATTEMPTS_KEPT, -1)
  redis.call('HINCRBY', key('item', document.queue, document.id), 'failures', 1)
end

-- Moves a document's item to the dead letters: the document fails.
local function bury(document, failure, receipt)
  local queue = document.queue
  local item = key('item', queue, document.id)
  count_failure(document, failure)
  unschedule(queue, document.id, redis.call('HGET', item, 'phase'))
  redis.call('ZADD', key('dead', queue), now, document.id)
  redis.call('HSET', item, 'phase', 'dead')
  redis.call('HDEL', key('document', document.id), 'queue')
  redis.call('HSET', key('document', document.id), 'dead', queue)
  document.queue = nil
  document.dead = queue
  move(document, 'failed', { event = 'dead-lettered', queue = queue, receipt = receipt, failure = failure })
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

-- A document, as readers see it.
local function view_document(id)
  local document = load_document(id)
  if not document then
    return nil
  end
  local view = {
    id = id,
    submission = document.submission,
    owner = redis.call('HGET', key('submission', document.submission), 'owner'),
    state = document.state,
    since = tonumber(document.since),
    version = tonumber(document.version),
    facts = facts_of(document),
    review = document.review,
    dead_letter = document.dead,
  }
  if document.failure_code then
    view.failure = { code = document.failure_code, message = document.failure_message }
  end
  if document.queue then
    local item = read_hash(key('item', document.queue, id))
    view.item = {
      queue = document.queue,
      phase = item.phase,
      failures = tonumber(item.failures),
      visible_at = tonumber(redis.call('ZSCORE', key('queue', document.queue), id)),
      enqueued_at = tonumber(item.enqueued_at),
    }
  end
  return view
end

-- A submission with its documents, as readers see it.
local function view_submission(id)
  local submission = read_hash(key('submission', id))
  if not submission then
    return nil
  end
  local documents = {}
  for index, document in ipairs(redis.call('LRANGE', key('documents', id), 0, -1)) do
    documents[index] = view_document(document)
  end
  return {
    id = id,
    owner = submission.owner,
    name_of_owner = submission.name_of_owner,
    title = submission.title,
    created_at = tonumber(submission.created_at),
    version = tonumber(submission.version),
    documents = list(documents),
  }
end

-- A dead letter, as readers see it.
local function view_dead_letter(queue, id)
  local document = load_document(id)
  if not document or document.dead ~= queue then
    return nil
  end
  local item = read_hash(key('item', queue, id))
  local submission = read_hash(key('submission', document.submission))
  local attempts = {}
  for index, attempt in ipairs(redis.call('LRANGE', key('attempts', queue, id), 0, -1)) do
    attempts[index] = cjson.decode(attempt)
  end
  return {
    queue = queue,
    document = id,
    submission = document.submission,
    owner = submission.owner,
    title = submission.title,
    at = tonumber(redis.call('ZSCORE', key('dead', queue), id)),
    failure = { code = document.failure_code, message = document.failure_message },
    failures = tonumber(item.failures),
    attempts = list(attempts),
    body = item.body,
    facts = facts_of(document),
    review = document.review,
    traceparent = document.traceparent,
    enqueued_at = tonumber(item.enqueued_at),
  }
end
