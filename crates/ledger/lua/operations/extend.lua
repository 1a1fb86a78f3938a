-- Makes a lease last longer. Nothing that a reader sees changes, so the history says nothing.

local document, refusal = held()
if not document then
  return refusal
end
schedule(args.queue, args.document, 'leased', 'leased', now + args.lease)
arm(args.queue)
return cjson.encode({ outcome = 'done' })
