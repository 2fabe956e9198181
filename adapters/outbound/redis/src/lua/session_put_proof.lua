-- KEYS: session. ARGV: how long it is good.
local ends = tonumber(redis.call('HGET', KEYS[1], 'ends') or nil)
if ends and ends > now then
  redis.call('HSET', KEYS[1], 'proof', text(now + tonumber(ARGV[1])))
end
return { 'ok' }
