-- KEYS: serial. ARGV: holder.
local holder = redis.call('HGET', KEYS[1], 'holder') or ARGV[1]
redis.call('HSET', KEYS[1], 'holder', holder)
return { holder == ARGV[1] and '1' or '0', redis.call('HGET', KEYS[1], 'revoked') or '0' }
