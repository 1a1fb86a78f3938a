-- The bell and the alarm of a queue.

-- What keeps workers from a queue although something is due in it: nil, or until when ('paused': until it is resumed).
local function held_back(queue)
  local found = redis.call('HMGET', key('meta', queue), 'paused_at', 'hold_until')
  if found[1] then
    return 'paused'
  end
  local hold_until = found[2] and tonumber(found[2])
  return hold_until and hold_until > now and hold_until or nil
end

-- Publishes a queue's bell. Whoever nobody listened to has not been heard: then no bell is pending.
local function publish_bell(queue)
  if redis.call('PUBLISH', root:sub(2, -2) .. ':bell:' .. queue, '1') > 0 then
    redis.call('HSET', key('meta', queue), 'bell', now)
  end
end

-- Rings a queue's bell, unless one is pending or workers are kept from the queue: then the alarm, or whoever ends that, rings.
local function ring(queue)
  local pending = redis.call('HGET', key('meta', queue), 'bell')
  local age = pending and now - tonumber(pending)
  if (not age or age < 0 or age >= BELL_BELIEVED) and not held_back(queue) then
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

-- How many items are due.
local function count_due(queue)
  return redis.call('ZCOUNT', key('queue', queue), '-inf', now)
end

-- How many items are due, and in how many milliseconds the next one will be.
local function outlook(queue)
  local at = next_due(queue)
  return count_due(queue), at and at - now
end

-- Arms a queue's alarm. Every script that changes a queue ends with it.
local function arm(queue)
  local alarm = key('alarm', queue)
  local first = redis.call('ZRANGE', key('queue', queue), 0, 0, 'WITHSCORES')[2]
  local held = first and held_back(queue)
  if not first or held == 'paused' then
    redis.call('DEL', alarm)
    return
  end
  local delay = tonumber(first) - now
  if held then
    delay = math.max(delay, held - now)
  elseif delay <= 0 then
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
