-- KEYS: record. ARGV: record, key's fingerprint, key's origin, certificate.
local record = record_of(KEYS[1])
if not record or record.id ~= ARGV[1] or not same_key(record, ARGV[2], ARGV[3]) then
  return { ANSWER_NOT_YOURS }
end
if record.state == STATUS_REDEEMED then
  -- Written again so that waiting for the replicas has something to wait for.
  redis.call('HSET', KEYS[1], 'state', STATUS_REDEEMED)
  return { ANSWER_DELIVER, record.certificate }
elseif record.state == 'issuing' then
  redis.call('HSET', KEYS[1], 'state', STATUS_REDEEMED, 'certificate', ARGV[4])
  return { ANSWER_DELIVER, ARGV[4] }
end
return { ANSWER_NOT_YOURS }
