-- A submission's objects and rows are gone: so is what the ledger knows of it, but for the receipt.

local receipt = key('erasure', args.submission)
if not is_erased(args.submission) then
  return redis.error_reply('ERR nobody has begun to erase this submission')
end
for _, id in ipairs(redis.call('LRANGE', key('documents', args.submission), 0, -1)) do
  erase_document(id)
end
local owner = redis.call('HGET', key('submission', args.submission), 'owner')
if owner then
  redis.call('ZREM', key('submissions', owner), args.submission)
  local idempotency = key('idempotency', owner)
  local cursor = '0'
  repeat
    local found = redis.call('HSCAN', idempotency, cursor, 'COUNT', 1000)
    cursor = found[1]
    for index = 1, #found[2], 2 do
      if cjson.decode(found[2][index + 1]).submission == args.submission then
        redis.call('HDEL', idempotency, found[2][index])
      end
    end
  until cursor == '0'
end
redis.call(
  'DEL', key('submission', args.submission), key('documents', args.submission), key('changes', args.submission)
)
redis.call('HSETNX', receipt, 'erased_at', now)
redis.call('HINCRBY', receipt, 'objects', args.objects)
redis.call('HINCRBY', receipt, 'bytes', args.bytes)
redis.call('HINCRBY', receipt, 'rows', args.rows)
-- Whoever was at work, or had a link to upload, may have left something behind since: it is looked for once more.
if redis.call('HINCRBY', receipt, 'sweeps', 1) == 1 then
  redis.call('ZADD', key('queue', ERASE), now + args.again_after, args.submission)
else
  redis.call('ZREM', key('queue', ERASE), args.submission)
end
arm(ERASE)
return cjson.encode({ found = view_erasure(args.submission) })
