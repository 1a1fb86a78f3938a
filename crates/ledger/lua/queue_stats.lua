-- Queues in numbers. The indexes of what is leased and what waits keep entries whose time is over until somebody takes
-- them: those are due.

local queues = {}
local later = string.format('(%.0f', now)
for index, queue in ipairs(args.queues) do
  local entries = key('queue', queue)
  local depth = redis.call('ZCARD', entries)
  local due = redis.call('ZCOUNT', entries, '-inf', now)
  local in_flight_now = redis.call('ZCOUNT', key('leased', queue), later, '+inf')
  local waiting = redis.call('ZCOUNT', key('waiting', queue), later, '+inf')
  local oldest = tonumber(redis.call('ZRANGE', entries, 0, 0, 'WITHSCORES')[2])
  queues[index] = {
    queue = queue,
    depth = depth,
    due = due,
    in_flight = in_flight_now,
    waiting = waiting,
    delayed = depth - due - in_flight_now - waiting,
    dead = redis.call('ZCARD', key('dead', queue)),
    oldest_due_age = due > 0 and now - oldest or nil,
  }
end
return cjson.encode({ queues = list(queues) })
