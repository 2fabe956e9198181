-- KEYS: contract, its users. ARGV: user.
local contract = redis.call('HMGET', KEYS[1], 'body', 'lengths')
local user = redis.call('HGET', KEYS[2], ARGV[1])
return { contract[1] or '', contract[2] or '', user and string.sub(user, DIGEST_LENGTH + 2) or '' }
