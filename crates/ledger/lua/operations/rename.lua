-- Gives a submission another title, unless one of its documents is in a state in which others know it by the old one.

local name = key('submission', args.submission)
local submission = read_hash(name)
if not submission then
  return cjson.encode({ outcome = 'unknown' })
end
local documents = {}
for index, id in ipairs(redis.call('LRANGE', key('documents', args.submission), 0, -1)) do
  local document = load_document(id)
  if contains(args.unless, document.state) then
    return cjson.encode({ outcome = 'refused', state = document.state })
  end
  documents[index] = document
end
if submission.title == args.title then
  return cjson.encode({ outcome = 'done' })
end

redis.call('HSET', name, 'title', args.title)
for _, document in ipairs(documents) do
  patch_facts(document, args.facts_patch)
  record(document, { event = 'renamed' })
end
return cjson.encode({ outcome = 'done' })
