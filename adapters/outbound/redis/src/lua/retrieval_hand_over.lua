-- KEYS: record, earlier reissues. ARGV: reissue, way.
local record = record_of(KEYS[1])
if record and record.id == ARGV[1] then
  if record.state ~= 'active' or record.route ~= ROUTE_ADMINISTRATOR
    or tonumber(record.expires) <= now then
    return { ANSWER_VOID }
  end
  redis.call('HSET', KEYS[1], 'handed', ARGV[2] .. ' ' .. text(now))
  return { ANSWER_NOTED }
end
for _, line in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if id_of(line) == ARGV[1] then
    return { ANSWER_VOID }
  end
end
return { ANSWER_UNKNOWN }
