-- What is counted, for metrics: what a queue's workers did, and how long documents stay in each state.

-- The upper bounds of the durations' histogram, in milliseconds. What is longer is in a last bucket, `inf`.
local DURATION_BOUNDS = { 100, 500, 1000, 5000, 15000, 60000, 300000, 900000, 3600000, 14400000, 86400000 }
-- How many different reasons are counted apart, per queue. Reasons come from the components and are few; a bound keeps a
-- mistake from filling Redis and whoever collects metrics.
local REASONS_COUNTED = 64

local function count(name, queue)
  redis.call('HINCRBY', key('counters', queue), name, 1)
end

local function count_reason(queue, code)
  local reasons = key('reasons', queue)
  if redis.call('HEXISTS', reasons, code) == 0 and redis.call('HLEN', reasons) >= REASONS_COUNTED then
    code = 'other'
  end
  redis.call('HINCRBY', reasons, code, 1)
end

local function observe_duration(state, milliseconds)
  local bucket = 'inf'
  for _, bound in ipairs(DURATION_BOUNDS) do
    if milliseconds <= bound then
      bucket = bound
      break
    end
  end
  local durations = key('durations', state)
  redis.call('HINCRBY', durations, bucket, 1)
  redis.call('HINCRBY', durations, 'sum', milliseconds)
end
