-- KEYS: window. ARGV: limit, window.
local stored = redis.call('HMGET', KEYS[1], 'n', 'e')
local taken, ends = tonumber(stored[1] or nil), tonumber(stored[2] or nil)
local window = tonumber(ARGV[2])
if ends and ends > now then
  if taken >= tonumber(ARGV[1]) then
    -- A clock set back, or a window that was shortened since, must not be answered with more
    -- than a whole window.
    return { ANSWER_EXCEEDED, text(math.max(1, math.min(ends - now, window))) }
  end
  redis.call('HSET', KEYS[1], 'n', text(taken + 1))
  return { ANSWER_ALLOWED }
end
redis.call('HSET', KEYS[1], 'n', '1', 'e', text(now + window))
redis.call('PEXPIRE', KEYS[1], text(window))
return { ANSWER_ALLOWED }
