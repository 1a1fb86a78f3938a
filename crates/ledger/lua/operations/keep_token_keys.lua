-- Keeps the identity provider's keys.

local name = root .. ':token-keys'
local fresh_until = now + args.lifetime
redis.call('HSET', name, 'source', args.source, 'set', args.set, 'fetched_at', now, 'fresh_until', fresh_until)
return cjson.encode({ set = args.set, fetched_at = now, fresh_until = fresh_until, fetch = false, now = now })
