-- Lets workers at a queue again.

local name = key('meta', args.queue)
local changed = redis.call('HDEL', name, 'paused_at', 'paused_by', 'paused_reason') > 0
if changed then
  redis.call('HDEL', name, 'bell')
  if count_due(args.queue) > 0 then
    ring(args.queue)
  end
  arm(args.queue)
end
return cjson.encode({ changed = changed })
