-- KEYS: reissues. ARGV: reissue.
local noted = redis.call('HGET', KEYS[1], ARGV[1])
return { noted and string.match(noted, '^%S+ (%S+)$') or '' }
