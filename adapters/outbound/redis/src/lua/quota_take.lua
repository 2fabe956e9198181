-- KEYS: window, unsettled units. ARGV: limit, window, unit, unsettled after.
local stored = redis.call('HMGET', KEYS[1], 'n', 'e')
local taken, ends = tonumber(stored[1] or nil), tonumber(stored[2] or nil)
local window, unit = tonumber(ARGV[2]), ARGV[3]
if ends and ends > now then
  if redis.call('ZSCORE', KEYS[2], unit) then
    return { ANSWER_ALLOWED }
  end
  if taken >= tonumber(ARGV[1]) then
    local left = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now - tonumber(ARGV[4])))
    if #left > 0 then
      table.insert(left, 1, ANSWER_UNSETTLED)
      return left
    end
    -- A clock set back, or a window that was shortened since, must not be answered with more
    -- than a whole window.
    return { ANSWER_EXCEEDED, text(math.max(1, math.min(ends - now, window))) }
  end
else
  taken, ends = 0, now + window
  redis.call('DEL', KEYS[2])
end
redis.call('HSET', KEYS[1], 'n', text(taken + 1), 'e', text(ends))
redis.call('PEXPIRE', KEYS[1], text(ends - now))
redis.call('ZADD', KEYS[2], text(now), unit)
redis.call('PEXPIRE', KEYS[2], text(ends - now))
return { ANSWER_ALLOWED }
