-- Gives each dead letter that matches a filter a fresh policy, some at a time.

if args.anew and not in_flight(args.to) then
  return redis.error_reply('ERR a document in a queue must be in flight')
end
local redriven = 0
local next_page = find_dead_letters(args.filter, args.after, args.limit, function(document)
  if revive(document, args.by, args.anew, args.to) then
    redriven = redriven + 1
  end
end)
if type(next_page) == 'table' then
  return next_page
end
return cjson.encode({ redriven = redriven, next = next_page })
