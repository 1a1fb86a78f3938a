-- Takes submissions whose time is over, and hides them for the lease. What something is still being done to gets more time.

redis.call('HDEL', key('meta', ERASE), 'bell')
local entries = key('queue', ERASE)
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', entries, '-inf', now, 'LIMIT', 0, args.max)) do
  local submission = view_submission(id)
  local is_under_way = false
  for _, document in ipairs(submission and submission.documents or {}) do
    is_under_way = is_under_way or in_flight(document.state)
  end
  if not is_erased(id) and (is_under_way or not submission) then
    if submission then
      keep(id)
    else
      redis.call('ZREM', entries, id)
    end
  else
    if not is_erased(id) then
      begin_erasure(id, 'retention', 'Its time is over.')
    end
    redis.call('ZADD', entries, now + args.lease, id)
    taken[#taken + 1] = { submission = id, documents = submission and submission.documents }
  end
end
arm(ERASE)
return cjson.encode({ items = list(taken), due = count_due(ERASE) })
