-- KEYS: claim.
local ends = tonumber(redis.call('GET', KEYS[1]) or nil)
return { ends and ends > now and '1' or '0' }
