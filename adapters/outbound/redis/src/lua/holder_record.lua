-- KEYS: certificates of a user: serial to end, and !serial where it is revoked.
-- ARGV: serial, end, keep for, whether it is revoked.
local stored = redis.call('HGETALL', KEYS[1])
local gone = {}
for index = 1, #stored, 2 do
  local serial, ends = stored[index], tonumber(stored[index + 1])
  local over = ends and ends + tonumber(ARGV[3]) <= now and ends < tonumber(ARGV[2])
  if over and string.sub(serial, 1, 1) ~= '!' and serial ~= ARGV[1] then
    gone[#gone + 1] = serial
    gone[#gone + 1] = '!' .. serial
  end
end
if #gone > 0 then
  redis.call('HDEL', KEYS[1], unpack(gone))
end
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], '!' .. ARGV[1], '1')
end
return { 'ok' }
