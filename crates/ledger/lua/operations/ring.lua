-- Rings a queue's bell if anything is due, whether or not a bell is pending. Where workers are kept from the queue, whoever
-- lets them at it again rings.

local due, next_due_in = outlook(args.queue)
if due > 0 and not held_back(args.queue) then
  publish_bell(args.queue)
end
arm(args.queue)
return cjson.encode({ due = due, next_due_in = next_due_in })
