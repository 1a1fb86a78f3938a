-- Queues in numbers, and what keeps workers from them. The indexes of what is leased and what waits keep entries whose time is
-- over until somebody takes them: those are due.

local queues = {}
for index, queue in ipairs(args.queues) do
  local entries = key('queue', queue)
  local meta = read_hash(key('meta', queue)) or {}
  local depth = redis.call('ZCARD', entries)
  local due = count_due(queue)
  local leased = count_later(key('leased', queue))
  local waiting = count_later(key('waiting', queue))
  local oldest = tonumber(redis.call('ZRANGE', entries, 0, 0, 'WITHSCORES')[2])
  local stats = {
    queue = queue,
    depth = depth,
    due = due,
    in_flight = leased,
    waiting = waiting,
    delayed = depth - due - leased - waiting,
    dead = redis.call('ZCARD', dead_letters_of(queue)),
    oldest_due_age = due > 0 and now - oldest or nil,
    limits = meta.limits,
  }
  if meta.paused_at then
    stats.paused = { at = tonumber(meta.paused_at), by = meta.paused_by, reason = meta.paused_reason }
  end
  if meta.breaker then
    stats.circuit = {
      state = meta.breaker,
      since = tonumber(meta.breaker_since),
      probe_at = tonumber(meta.breaker_until),
    }
  end
  local hold_until = meta.hold_until and tonumber(meta.hold_until)
  if hold_until and hold_until > now then
    stats.held_back = { reason = meta.hold, until_when = hold_until }
  end
  queues[index] = stats
end
return cjson.encode({ queues = list(queues) })
