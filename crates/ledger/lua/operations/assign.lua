-- Says who may read a submission from now on.

local name = key('submission', args.submission)
local submission = read_hash(name)
if not submission then
  return cjson.encode({})
end
local changes = submission.evaluators ~= args.evaluators
if changes then
  -- Never the same time twice: the later assignment wins, wherever and in whatever order the two are written.
  local at = math.max(now, tonumber(submission.assigned_at) + 1)
  redis.call('HSET', name, 'evaluators', args.evaluators, 'assigned_at', at)
end

local ready = {}
for _, id in ipairs(redis.call('LRANGE', key('documents', args.submission), 0, -1)) do
  local document = load_document(id)
  if document.state == 'ready' then
    ready[#ready + 1] = id
  end
  if changes then
    local queue = document.queue
    if document.state == 'normalizing' and redis.call('HGET', key('item', queue, id), 'phase') == 'leased' then
      -- A worker is about to write the document for those who were assigned before. What it writes is not the last word: its
      -- receipt is no longer good, and the item is due again.
      redis.call('HINCRBY', key('document', id), 'receipt:' .. queue, 1)
      redis.call('HSET', key('item', queue, id), 'receives', 0)
      schedule(queue, id, 'leased', 'queued', now)
      ring(queue)
      arm(queue)
    end
    record(document, { event = 'assigned', by = args.by })
  end
end
return cjson.encode({ found = { ready = list(ready) } })
