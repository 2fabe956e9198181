-- KEYS: counter, leases, record.
-- ARGV: limits (4), token, verdict, record, key's fingerprint, key's origin, life of a claim.
local counter = attempts(KEYS[1], KEYS[2], 1, ARGV[5])
local record = record_of(KEYS[3])

local function claim(id, fingerprint, origin)
  if not record or record.id ~= id or record.state == 'cancelled' then
    return { 'stale' }
  end
  local abandoned = ''
  if record.state ~= 'active' then
    if same_key(record, fingerprint, origin) then
      return { 'same-key', record.certificate }
    end
    -- A key made by a server dies with the process that made it: its claim can be taken over.
    local abandonable = record.state == 'issuing' and record.origin == 'server'
    if not abandonable or tonumber(record.lease) > now then
      return { 'consumed' }
    end
    abandoned = record.fingerprint
  end
  if tonumber(record.expires) <= now then
    return { 'expired' }
  end
  if tonumber(record.from) > now then
    return { 'held', record.from }
  end
  redis.call('HSET', KEYS[3], 'state', 'issuing', 'fingerprint', fingerprint, 'origin', origin,
    'lease', text(now + tonumber(ARGV[10])))
  if abandoned == '' then
    counter.charge_success()
  end
  return { 'won', abandoned }
end

local answer = counter.settle(ARGV[6])
if answer[1] == 'accepted' then
  answer = claim(ARGV[7], ARGV[8], ARGV[9])
end
counter.save()
return answer
