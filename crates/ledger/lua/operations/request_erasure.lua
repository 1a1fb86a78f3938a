-- Has a submission erased at once, whatever becomes of it just now.

if not is_erased(args.submission) then
  if redis.call('EXISTS', key('submission', args.submission)) == 0 then
    return cjson.encode({})
  end
  begin_erasure(args.submission, args.by, args.reason)
  redis.call('ZADD', key('queue', ERASE), now, args.submission)
  ring(ERASE)
  arm(ERASE)
end
return cjson.encode({ found = view_erasure(args.submission) })
