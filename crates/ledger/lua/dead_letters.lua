-- Finding dead letters.

-- How many dead letters a script looks at, at most, before it gives a cursor and lets others have Redis.
local LOOKED_AT = 2000

-- Whether a dead letter is one of those that are asked for. Absent members of the filter ask for nothing.
local function matches(document, at, filter)
  return (not filter.reason or document.failure_code == filter.reason)
    and (not filter.vendor or document.vendor == filter.vendor)
    and (not filter.until_when or at <= filter.until_when)
    and (not filter.since or at >= filter.since)
end

-- Dead letters that match a filter, newest first: at most `limit`, given to `take` one after the other, and the cursor from
-- which to go on, if there may be more. A cursor is the time and the document of the last one that was looked at: it stays
-- good when that one is redriven in the meantime.
local function find_dead_letters(filter, after, limit, take)
  local dead = dead_letters_of(filter.queue)
  local from_time, from_document
  if after then
    from_time, from_document = after:match('^(%d+)-(.+)$')
    if not from_time then
      return redis.error_reply('ERR no such cursor')
    end
    from_time = tonumber(from_time)
  end
  local newest = from_time or filter.until_when or '+inf'
  local oldest = filter.since or '-inf'

  local page = redis.call('ZREVRANGEBYSCORE', dead, newest, oldest, 'WITHSCORES', 'LIMIT', 0, LOOKED_AT + 1)
  -- Those of the cursor's own millisecond that come before it are looked at again, and skipped. There may be many: a redrive and
  -- an outage move thousands in one millisecond.
  local skipped = 0
  while from_time and #page > 0 do
    local last_time, last_document = tonumber(page[#page]), page[#page - 1]
    if #page / 2 <= LOOKED_AT or last_time < from_time or last_document < from_document then
      break
    end
    skipped = skipped + LOOKED_AT
    page = redis.call('ZREVRANGEBYSCORE', dead, newest, oldest, 'WITHSCORES', 'LIMIT', skipped, LOOKED_AT + 1)
  end

  local taken, cursor = 0, nil
  for index = 1, #page, 2 do
    local id, at = page[index], tonumber(page[index + 1])
    if not (at == from_time and id >= from_document) then
      if taken == limit or (index + 1) / 2 > LOOKED_AT then
        return cursor or after
      end
      cursor = string.format('%.0f-%s', at, id)
      local document = load_document(id)
      if document and document.dead and matches(document, at, filter) then
        taken = taken + 1
        take(document)
      end
    end
  end
  return nil
end
