-- KEYS: window, unsettled units. ARGV: unit, whether it happened.
local stored = redis.call('HMGET', KEYS[1], 'n', 'e')
local taken, ends = tonumber(stored[1] or nil), tonumber(stored[2] or nil)
if ends and ends > now and redis.call('ZREM', KEYS[2], ARGV[1]) == 1 and ARGV[2] == '0' then
  redis.call('HSET', KEYS[1], 'n', text(math.max(0, taken - 1)))
end
return { 'ok' }
