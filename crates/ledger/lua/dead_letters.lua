-- One page of a queue's dead letters, newest first. A cursor is the time and the document of the last one on the page:
-- it stays good when that one is redriven in the meantime.

local dead = key('dead', args.queue)
local from_time, from_document
if args.after then
  from_time, from_document = args.after:match('^(%d+)-(.+)$')
  if not from_time then
    return redis.error_reply('ERR no such cursor')
  end
  from_time = tonumber(from_time)
end

local items = {}
local skipped = 0
local cursor, more
while not more do
  -- Those of the cursor's own millisecond that come before it are read again, and skipped.
  local wanted = args.limit - #items + 1
  local page = redis.call(
    'ZREVRANGEBYSCORE', dead, from_time or '+inf', '-inf', 'WITHSCORES', 'LIMIT', skipped, wanted
  )
  for index = 1, #page, 2 do
    local document, at = page[index], tonumber(page[index + 1])
    if not (at == from_time and document >= from_document) then
      if #items == args.limit then
        more = true
        break
      end
      items[#items + 1] = view_dead_letter(args.queue, document)
      cursor = string.format('%.0f-%s', at, document)
    end
  end
  skipped = skipped + #page / 2
  if #page / 2 < wanted then
    break
  end
end
return cjson.encode({ items = list(items), next = more and cursor or nil })
