-- KEYS: identity. Writes, so that whatever keeps records from being written is found. Refused before it
-- runs where the server may not write. A store that has lost itself is left as it is.
local epoch = redis.call('HGET', KEYS[1], FIELD_EPOCH)
if epoch then
  redis.call('HSET', KEYS[1], FIELD_CHECKED, text(now))
end
return { epoch or '' }
