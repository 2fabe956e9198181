-- KEYS: session. ARGV: body, last use, end, proof or empty.
local left = tonumber(ARGV[3]) - now
if left <= 0 then
  return { 'ok' }
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'used', ARGV[2], 'ends', ARGV[3])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'proof', ARGV[4])
end
redis.call('PEXPIRE', KEYS[1], text(left))
return { 'ok' }
