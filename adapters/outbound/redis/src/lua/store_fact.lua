-- KEYS: identity. ARGV: what to do (read, or keep the first or the last value), field, value.
-- Answers with what is there afterwards, and the time.
if ARGV[1] == KEEPING_LAST then
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
elseif ARGV[1] == KEEPING_FIRST then
  redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3])
end
return { redis.call('HGET', KEYS[1], ARGV[2]) or '', text(now) }
