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
    vendor = document.vendor,
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
    evaluators = submission.evaluators,
    assigned_at = tonumber(submission.assigned_at),
    title = submission.title,
    created_at = tonumber(submission.created_at),
    withdrawn_at = tonumber(submission.withdrawn_at),
    version = tonumber(submission.version),
    documents = list(documents),
  }
end

-- What is known of an erasure, as readers see it.
local function view_erasure(submission)
  local erasure = read_hash(key('erasure', submission))
  return erasure and {
    submission = submission,
    requested_at = tonumber(erasure.requested_at),
    by = erasure.by,
    reason = erasure.reason,
    erased_at = tonumber(erasure.erased_at),
    objects = tonumber(erasure.objects or 0),
    bytes = tonumber(erasure.bytes or 0),
    rows = tonumber(erasure.rows or 0),
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
    vendor = document.vendor,
    review = document.review,
    traceparent = document.traceparent,
    enqueued_at = tonumber(item.enqueued_at),
  }
end
