-- What is kept of the identity provider's keys, and whether it is the caller's turn to fetch them.

local name = root .. ':token-keys'
local kept = read_hash(name)
if not kept or kept.source ~= args.source then
  -- What another source said is worth nothing.
  redis.call('DEL', name)
  kept = {}
end
local fetched_at = tonumber(kept.fetched_at)
local fresh_until = tonumber(kept.fresh_until)
local lacks = args.lacking and fetched_at and fetched_at <= args.lacking
local is_time = not kept.set or now >= fresh_until or lacks
-- A clock that was set back must not keep everybody from asking.
local fetch = is_time and math.abs(now - tonumber(kept.asked_at or 0)) >= args.interval
if fetch then
  redis.call('HSET', name, 'source', args.source, 'asked_at', now)
end
return cjson.encode({
  set = kept.set,
  fetched_at = fetched_at,
  fresh_until = fresh_until,
  asked_at = fetch and now or tonumber(kept.asked_at),
  fetch = fetch or false,
  now = now,
})
