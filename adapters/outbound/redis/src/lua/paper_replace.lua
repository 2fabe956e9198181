-- KEYS: request. ARGV: change, version, body, expected version.
local kept = redis.call('HMGET', KEYS[1], 'change', 'version')
if kept[1] == ARGV[1] then
  return { '1' }
end
if kept[2] ~= ARGV[4] then
  return { '0' }
end
redis.call('HSET', KEYS[1], 'change', ARGV[1], 'version', ARGV[2], 'body', ARGV[3])
return { '1' }
