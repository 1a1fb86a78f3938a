-- Retention: submissions are kept for some time after the last thing that happened to them, and then erased.

-- The queue of submissions by the time when they are to be erased. It has a bell and an alarm like any other.
local ERASE = 'erase'

local function is_erased(submission)
  return redis.call('EXISTS', key('erasure', submission)) == 1
end

-- Something happened to a submission: its time begins anew. Nothing can call off an erasure that has begun.
local function keep(submission)
  local keep_for = redis.call('HGET', key('submission', submission), 'keep_for')
  if not keep_for or is_erased(submission) then
    return
  end
  redis.call('ZADD', key('queue', ERASE), now + tonumber(keep_for), submission)
  -- An alarm that goes off too soon is no harm: whoever hears it finds nothing that is due, and sets the next.
  if redis.call('EXISTS', key('alarm', ERASE)) == 0 then
    arm(ERASE)
  end
end
