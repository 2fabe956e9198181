-- KEYS: record, earlier reissues. ARGV: reissue.
local known = redis.call('HGET', KEYS[1], 'id') == ARGV[1]
for _, line in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  known = known or id_of(line) == ARGV[1]
end
return { known and '1' or '0' }
