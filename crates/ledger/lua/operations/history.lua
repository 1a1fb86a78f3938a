-- What happened to a document, oldest first. The entries are JSON already.

local entries = redis.call('LRANGE', key('history', args.document), 0, -1)
return '{"entries":[' .. table.concat(entries, ',') .. ']}'
