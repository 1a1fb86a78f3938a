-- One page of the dead letters that match a filter, newest first.

local items = {}
local next_page = find_dead_letters(args.filter, args.after, args.limit, function(document)
  items[#items + 1] = view_dead_letter(document.dead, document.id)
end)
if type(next_page) == 'table' then
  return next_page
end
return cjson.encode({ items = list(items), next = next_page })
