-- Erasing: a submission, its documents and everything that is known about them.

-- Begins the erasure of a submission: from now on nothing in it is in any queue, so whoever still works on it settles nothing.
local function begin_erasure(submission, by, reason)
  redis.call('HSET', key('erasure', submission), 'requested_at', now, 'by', by, 'reason', reason, 'sweeps', 0)
  for _, id in ipairs(redis.call('LRANGE', key('documents', submission), 0, -1)) do
    local document = load_document(id)
    take_out(document)
    if document.state == 'failed' then
      record(document, { event = 'erasing', by = by })
    else
      local failure = { code = 'erased', message = 'This submission is being deleted.' }
      move(document, 'failed', { event = 'erasing', by = by, failure = failure })
    end
  end
end

-- Removes a document, and whatever says that it was there.
local function erase_document(id)
  local document = load_document(id)
  if not document then
    return
  end
  take_out(document)
  local reviews = redis.call('SMEMBERS', key('reviews', id))
  for field in pairs(document) do
    local queue = field:match('^receipt:(.+)$')
    if queue then
      for _, review in ipairs(reviews) do
        if redis.call('HGET', key('reviewed', queue), review) == id then
          redis.call('HDEL', key('reviewed', queue), review)
        end
      end
      redis.call('SREM', key('failing', queue), id)
    end
  end
  redis.call('DEL', key('document', id), key('history', id), key('reviews', id))
  if document.replaces then
    erase_document(document.replaces)
  end
end
