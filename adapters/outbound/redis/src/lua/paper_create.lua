-- KEYS: request. ARGV: change, version, body.
local made_by = redis.call('HGET', KEYS[1], 'change')
if made_by then
  return { made_by == ARGV[1] and '1' or '0' }
end
redis.call('HSET', KEYS[1], 'change', ARGV[1], 'version', ARGV[2], 'body', ARGV[3])
return { '1' }
