-- KEYS: last login.
local before = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], text(now))
return { before or '' }
