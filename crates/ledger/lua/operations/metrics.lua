-- What was counted.

local function numbers(name)
  local fields = read_hash(name) or {}
  local found = {}
  for field, value in pairs(fields) do
    found[#found + 1] = { name = field, count = tonumber(value) }
  end
  return list(found)
end

local queues = {}
for index, queue in ipairs(args.queues) do
  queues[index] = {
    queue = queue,
    counters = numbers(key('counters', queue)),
    reasons = numbers(key('reasons', queue)),
  }
end
local durations = {}
for index, state in ipairs(args.states) do
  durations[index] = { state = state, counts = numbers(key('durations', state)) }
end
return cjson.encode({ queues = list(queues), durations = list(durations), bounds = DURATION_BOUNDS })
