-- Flow control: what keeps workers from a queue although something is due.
--
-- The limits come with each `receive`, because they are the deployment's data, and are kept in the queue's meta, where
-- settling an item and looking at the queue find them. The state is kept there too:
--
--   paused_at, paused_by, paused_reason   an operator has paused the queue
--   hold, hold_until                      why the latest `receive` took less than was due, and until when that holds
--   tokens, tokens_at                     the token bucket of the rate limit, and when it was filled
--   breaker, breaker_since, breaker_until, breaker_interval
--                                         the circuit breaker, unless it is closed: `open` or `half-open`, since when the
--                                         third party is taken to be down, when it is probed next, and the pause between probes

-- The documents whose attempts failed in a row because the third party did not do its part.
local function failing(queue)
  return key('failing', queue)
end

local function hold(queue, reason, until_when)
  redis.call('HSET', key('meta', queue), 'hold', reason, 'hold_until', until_when)
end

local function unhold(queue)
  redis.call('HDEL', key('meta', queue), 'hold', 'hold_until')
end

local function close_breaker(queue)
  redis.call('HDEL', key('meta', queue), 'breaker', 'breaker_since', 'breaker_until', 'breaker_interval')
end

-- When the first of some entries ends that has not ended yet.
local function first_end(entries)
  local found = redis.call('ZRANGEBYSCORE', entries, string.format('(%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return found[2] and tonumber(found[2])
end

local function count_later(entries)
  return redis.call('ZCOUNT', entries, string.format('(%.0f', now), '+inf')
end

-- How many items a worker may take (`room`); if that is fewer than it wants, why (`reason`), and until when (`until_when`);
-- whether the one that it takes probes a third party that was down (`probing`); the tokens that there are (`tokens`).
local function allowance(queue, wanted, limits)
  local meta = read_hash(key('meta', queue)) or {}
  local allowed = { room = wanted }
  local function bound(room, reason, until_when)
    if room < allowed.room then
      allowed.room, allowed.reason, allowed.until_when = math.max(room, 0), reason, until_when
    end
  end
  if meta.paused_at then
    bound(0, 'paused')
    return allowed
  end

  if meta.breaker and not limits.breaker then
    close_breaker(queue)
  elseif meta.breaker and tonumber(meta.breaker_until) > now then
    bound(0, 'circuit-open', tonumber(meta.breaker_until))
  elseif meta.breaker then
    allowed.probing = true
    bound(1, 'circuit-open', now + args.lease)
  end
  -- There is room again when something is settled, and at the latest when a lease is over: one that there is, or that of what
  -- is about to be taken.
  local leased, waiting = key('leased', queue), key('waiting', queue)
  local lease_end = math.min(first_end(leased) or math.huge, now + args.lease)
  if limits.max_in_flight then
    bound(limits.max_in_flight - count_later(leased), 'in-flight', lease_end)
  end
  if limits.max_waiting then
    local under_way = count_later(waiting) + count_later(leased)
    bound(limits.max_waiting - under_way, 'waiting', math.min(first_end(waiting) or math.huge, lease_end))
  end
  if limits.rate then
    local tokens = limits.burst
    if meta.tokens then
      local gained = math.max(now - tonumber(meta.tokens_at), 0) * limits.rate / 1000
      tokens = math.min(tonumber(meta.tokens) + gained, limits.burst)
    end
    local whole = math.floor(tokens)
    -- Once the whole tokens are taken, the rest of one is still to come.
    bound(whole, 'rate', now + math.ceil((whole + 1 - tokens) * 1000 / limits.rate))
    allowed.tokens = tokens
  end
  return allowed
end

-- A third party did not do its part in an attempt at a document. Whether the failure counts against the document's policy:
-- it does until the breaker opens, which takes several documents in a row, and again when the breaker has been open for
-- so long that waiting on is no help.
local function count_outage(queue, id)
  local meta = read_hash(key('meta', queue)) or {}
  local breaker = meta.limits and cjson.decode(meta.limits).breaker
  if not breaker then
    return true
  end
  local interval = breaker.probe_interval
  if not meta.breaker then
    redis.call('SADD', failing(queue), id)
    if redis.call('SCARD', failing(queue)) < breaker.threshold then
      return true
    end
    redis.call('DEL', failing(queue))
    redis.call('HSET', key('meta', queue), 'breaker_since', now)
    count('breaker_opened', queue)
  elseif meta.breaker == 'half-open' then
    interval = math.min(tonumber(meta.breaker_interval) * 2, breaker.max_probe_interval)
  else
    return now - tonumber(meta.breaker_since) >= breaker.max_open
  end
  redis.call(
    'HSET', key('meta', queue), 'breaker', 'open', 'breaker_until', now + interval, 'breaker_interval', interval
  )
  hold(queue, 'circuit-open', now + interval)
  return not meta.breaker or now - tonumber(meta.breaker_since) >= breaker.max_open
end

-- An item has left its worker's hands, or the third party's: there may be room for another. `dependency` is what was seen of the
-- third party: 'up', 'down', or nothing.
local function settled(queue, dependency)
  local found = redis.call('HMGET', key('meta', queue), 'hold', 'breaker')
  local reason, breaker = found[1], found[2]
  if dependency == 'up' then
    redis.call('DEL', failing(queue))
    if breaker then
      close_breaker(queue)
    end
  end
  if reason == 'in-flight' or reason == 'waiting' or (reason == 'circuit-open' and dependency == 'up') then
    unhold(queue)
    if count_due(queue) > 0 then
      ring(queue)
    end
    arm(queue)
  end
end
