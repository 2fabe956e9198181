-- KEYS: session.
local session = redis.call('HMGET', KEYS[1], 'ends', 'proof')
local ends, proof = tonumber(session[1] or nil), tonumber(session[2] or nil)
if not proof or not ends or ends <= now then
  return { '0' }
end
redis.call('HDEL', KEYS[1], 'proof')
return { proof > now and '1' or '0' }
