-- Gives each dead letter that matches a filter a fresh policy, some at a time.

local redriven = 0
local next_page = find_dead_letters(args.filter, args.after, args.limit, function(document)
  revive(document, args.by)
  redriven = redriven + 1
end)
if type(next_page) == 'table' then
  return next_page
end
return cjson.encode({ redriven = redriven, next = next_page })
