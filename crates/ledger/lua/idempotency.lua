-- Requests that are sent twice and count once. Owners cannot see each other's keys.

-- The submission that a request under the same key has made before, or nil; and whether the key was used for another request.
local function made_before()
  local earlier = args.idempotency_key and redis.call('HGET', key('idempotency', args.owner), args.idempotency_key)
  if not earlier then
    return nil
  end
  earlier = cjson.decode(earlier)
  return earlier.submission, earlier.fingerprint ~= args.fingerprint
end

local function remember_made(submission)
  if args.idempotency_key then
    local made = cjson.encode({ submission = submission, fingerprint = args.fingerprint })
    redis.call('HSET', key('idempotency', args.owner), args.idempotency_key, made)
  end
end
