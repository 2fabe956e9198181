-- KEYS: users by latest reissue, reissues, ends of reissues. ARGV: reissue, user, remember for.
-- Forgets a bounded number of reissues that ended, so that the work of a call stays bounded.
local gone = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', text(now), 'LIMIT', 0, 100)
local users = {}
for _, id in ipairs(gone) do
  local issued, user = string.match(redis.call('HGET', KEYS[2], id) or '', '^(%S+) (%S+)$')
  local latest = user and tonumber(redis.call('ZSCORE', KEYS[1], user) or nil)
  if latest and latest <= tonumber(issued) then
    users[#users + 1] = user
  end
end
for _, id in ipairs(gone) do
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
for _, user in ipairs(users) do
  redis.call('ZREM', KEYS[1], user)
end
redis.call('HSET', KEYS[2], ARGV[1], text(now) .. ' ' .. ARGV[2])
redis.call('ZADD', KEYS[3], text(now + tonumber(ARGV[3])), ARGV[1])
redis.call('ZADD', KEYS[1], text(now), ARGV[2])
return { 'ok' }
