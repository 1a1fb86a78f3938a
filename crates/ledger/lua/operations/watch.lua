-- Tells a submission's version, and sees to it that its next change is announced.

local name = key('submission', args.submission)
local version = redis.call('HGET', name, 'version')
if not version then
  return cjson.encode({})
end
redis.call('HSET', name, 'watched_until', now + args.wait)
return cjson.encode({ found = tonumber(version) })
