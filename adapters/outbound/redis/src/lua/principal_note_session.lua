-- KEYS: sessions of a principal by their end. ARGV: session, how long it lasts.
local ends = now + tonumber(ARGV[2])
local latest = math.max(ends,
  tonumber(redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or nil) or 0)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
if latest > now then
  redis.call('ZADD', KEYS[1], text(ends), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], text(latest - now))
end
return { 'ok' }
