-- KEYS: record. ARGV: record, key's fingerprint, key's origin, certificate.
local record = record_of(KEYS[1])
if not record or record.id ~= ARGV[1] or not same_key(record, ARGV[2], ARGV[3]) then
  return { 'not-yours' }
end
if record.state == 'redeemed' then
  -- Written again so that waiting for the replicas has something to wait for.
  redis.call('HSET', KEYS[1], 'state', 'redeemed')
  return { 'deliver', record.certificate }
elseif record.state == 'issuing' then
  redis.call('HSET', KEYS[1], 'state', 'redeemed', 'certificate', ARGV[4])
  return { 'deliver', ARGV[4] }
end
return { 'not-yours' }
