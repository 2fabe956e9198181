-- KEYS: record, earlier reissues. ARGV: reissue.
local record = record_of(KEYS[1])
if record and record.id == ARGV[1] then
  if record.state == 'issuing' or record.state == STATUS_REDEEMED then
    return { ANSWER_REDEEMED }
  end
  if record.state == STATUS_CANCELLED or tonumber(record.expires) <= now then
    return { ANSWER_VOID }
  end
  redis.call('HSET', KEYS[1], 'state', STATUS_CANCELLED)
  return { ANSWER_CANCELLED }
end
for _, line in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if id_of(line) == ARGV[1] then
    local status = string.match(line, '^%S+ %S+ %S+ %S+ (%S+)')
    return { status == STATUS_REDEEMED and ANSWER_REDEEMED or ANSWER_VOID }
  end
end
return { ANSWER_UNKNOWN }
