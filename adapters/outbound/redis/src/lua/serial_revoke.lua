-- KEYS: serial.
local holder = redis.call('HGET', KEYS[1], 'holder')
redis.call('HSET', KEYS[1], 'revoked', '1')
return { holder or '' }
