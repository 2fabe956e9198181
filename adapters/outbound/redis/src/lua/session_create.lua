-- KEYS: session. ARGV: body, how long it lasts, proof or empty.
local lasts = tonumber(ARGV[2])
if lasts <= 0 then
  return { 'ok' }
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'used', text(now), 'ends', text(now + lasts))
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'proof', ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], text(lasts))
return { 'ok' }
