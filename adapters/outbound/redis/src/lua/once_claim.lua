-- KEYS: claim. ARGV: remember for.
local ends = tonumber(redis.call('GET', KEYS[1]) or nil)
if ends and ends > now then
  return { '0' }
end
redis.call('SET', KEYS[1], text(now + tonumber(ARGV[1])), 'PX', ARGV[1])
return { '1' }
