-- KEYS: marked requests. ARGV: request.
local until_when = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or nil)
return { until_when and until_when > now and '1' or '0' }
