-- KEYS: record, earlier reissues. ARGV: reissue.
local record = record_of(KEYS[1])
if record and record.id == ARGV[1] then
  if record.state == 'issuing' or record.state == 'redeemed' then
    return { 'redeemed' }
  end
  if record.state == 'cancelled' or tonumber(record.expires) <= now then
    return { 'void' }
  end
  redis.call('HSET', KEYS[1], 'state', 'cancelled')
  return { 'cancelled' }
end
for _, line in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if id_of(line) == ARGV[1] then
    local status = string.match(line, '^%S+ %S+ %S+ %S+ (%S+)')
    return { status == 'redeemed' and 'redeemed' or 'void' }
  end
end
return { 'unknown' }
