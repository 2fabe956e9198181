-- KEYS: session. ARGV: longest idle time.
local session = redis.call('HMGET', KEYS[1], 'body', 'used', 'ends', 'proof')
if not session[1] then
  return { ANSWER_NONE }
end
local used = tonumber(session[2])
if tonumber(session[3]) <= now or used + tonumber(ARGV[1]) <= now then
  redis.call('DEL', KEYS[1])
  return { ANSWER_NONE }
end
used = math.max(used, now)
redis.call('HSET', KEYS[1], 'used', text(used))
local proof = tonumber(session[4] or nil)
return { ANSWER_FOUND, session[1], text(used), proof and proof > now and session[4] or '' }
