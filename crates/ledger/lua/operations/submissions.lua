-- One page of an owner's submissions, newest first.

local from = args.after and '(' .. args.after or '+'
local ids = redis.call('ZREVRANGEBYLEX', key('submissions', args.owner), from, '-', 'LIMIT', 0, args.limit + 1)
local more = #ids > args.limit
if more then
  table.remove(ids)
end
local items = {}
for index, id in ipairs(ids) do
  items[index] = view_submission(id)
end
return cjson.encode({ items = list(items), next = more and ids[#ids] or nil })
