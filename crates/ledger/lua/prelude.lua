-- What every script begins with.
--
-- KEYS[1] is the beginning of every key, the tag in braces. ARGV[1] is the operation's arguments, in JSON, without nulls.
-- ARGV[2] is added to the clock, in milliseconds: 0 outside of tests.
--
-- Redis does not undo what a script wrote before an error. So a script decides first, on everything that may be refused,
-- and then writes.
--
-- What the ledger only carries (bodies, facts, details) is text here, never a table: cjson would not write it back
-- unchanged.

local root = KEYS[1]
local args = cjson.decode(ARGV[1])

-- How long a pending bell is believed, and how soon the alarm repairs a bell that nobody heard, in milliseconds.
local BELL_BELIEVED = 5000
local BELL_REPAIRED = 5000
-- How many events, after the creation, a document's history keeps; how many failed attempts an item keeps.
local EVENTS_KEPT = 1000
local ATTEMPTS_KEPT = 32

local now
do
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2])
end

-- Scripts name dozens of keys: a concatenation costs a third of what table.concat over `...` does.
local function key(kind, name, id)
  if id then
    return root .. ':' .. kind .. ':' .. name .. ':' .. id
  end
  return root .. ':' .. kind .. ':' .. name
end

local function read_hash(name)
  local flat = redis.call('HGETALL', name)
  if #flat == 0 then
    return nil
  end
  local fields = {}
  for index = 1, #flat, 2 do
    fields[flat[index]] = flat[index + 1]
  end
  return fields
end

-- A list for a reply. cjson writes an empty table as {}; an absent field is the empty list.
local function list(values)
  return #values > 0 and values or nil
end

local function contains(values, value)
  for _, candidate in ipairs(values) do
    if candidate == value then
      return true
    end
  end
  return false
end
