-- Keeps workers from a queue until it is resumed. What they hold already is settled as ever.

local name = key('meta', args.queue)
local changed = redis.call('HSETNX', name, 'paused_at', string.format('%.0f', now)) == 1
if changed then
  redis.call('HSET', name, 'paused_by', args.by, 'paused_reason', args.reason)
end
arm(args.queue)
return cjson.encode({ changed = changed })
