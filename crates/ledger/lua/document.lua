-- Documents: their facts, their history, their moves from state to state.

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
  local submission = key('submission', document.submission)
  local version = redis.call('HINCRBY', submission, 'version', 1)
  -- Whoever watches the submission waits for an entry of a later version. Nobody else needs the stream.
  local watched_until = redis.call('HGET', submission, 'watched_until')
  if watched_until and tonumber(watched_until) >= now then
    redis.pcall('XADD', key('changes', document.submission), 'MAXLEN', 1, version .. '-0', 'at', now)
  end
end

-- A new submission, without documents yet.
local function create_submission(id, created_at)
  local name = key('submission', id)
  redis.call('HSET', name, 'owner', args.owner, 'title', args.title, 'created_at', created_at, 'version', 1)
  redis.call('HSET', name, 'evaluators', args.evaluators, 'assigned_at', args.assigned_at or created_at)
  if args.name_of_owner then
    redis.call('HSET', name, 'name_of_owner', args.name_of_owner)
  end
  redis.call('ZADD', key('submissions', args.owner), 0, id)
  if args.keep_for then
    redis.call('HSET', name, 'keep_for', args.keep_for)
    keep(id)
  end
end

-- A new document, whose upload is awaited. Its place among the submission's documents is the caller's business.
local function create_document(id, submission, facts, detail)
  local document = { id = id, submission = submission, state = 'awaiting-upload', since = now }
  redis.call(
    'HSET', key('document', id), 'submission', submission, 'state', document.state, 'since', now, 'version', 0
  )
  patch_facts(document, facts)
  record(document, { event = 'created', detail = detail })
  return document
end

-- Moves a document to a state (perhaps the one that it is in) and says so in its history. entry.failure is kept as the
-- reason while the document is failed.
local function move(document, to, entry)
  local name = key('document', document.id)
  if document.state ~= to then
    entry.from = document.state
    observe_duration(document.state, now - tonumber(document.since))
    document.state = to
    document.since = now
    redis.call('HSET', name, 'state', to, 'since', now)
    if entry.from == 'failed' then
      redis.call('HDEL', name, 'failure_code', 'failure_message')
    end
  end
  if to == 'failed' and entry.failure then
    redis.call('HSET', name, 'failure_code', entry.failure.code, 'failure_message', entry.failure.message)
  end
  if not in_flight(to) then
    keep(document.submission)
  end
  record(document, entry)
end
