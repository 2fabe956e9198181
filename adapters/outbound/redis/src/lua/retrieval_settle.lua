-- KEYS: counter, leases, record.
-- ARGV: limits (4), token, verdict, record, key's fingerprint, key's origin.
local counter = attempts(KEYS[1], KEYS[2], 1, ARGV[5])
local record = record_of(KEYS[3])

-- Why the right password gives no certificate, or what it gives.
local function claim(id, fingerprint, origin)
  if not record or record.id ~= id or record.state == STATUS_CANCELLED then
    return ANSWER_STALE
  end
  local abandoned = ''
  if record.state ~= 'active' then
    if same_key(record, fingerprint, origin) then
      return nil, { ANSWER_SAME_KEY, record.certificate }
    end
    -- A key made by a server dies with the process that made it: its claim can be taken over.
    local abandonable = record.state == 'issuing' and record.origin == ORIGIN_SERVER
    if not abandonable or tonumber(record.lease) > now then
      return ANSWER_CONSUMED
    end
    abandoned = record.fingerprint
  end
  if tonumber(record.expires) <= now then
    return ANSWER_EXPIRED
  end
  -- Where the clock went back, a password without a hold is not held all the same.
  if tonumber(record.from) > now and tonumber(record.from) > tonumber(record.issued) then
    return nil, { ANSWER_HELD, record.from }
  end
  if abandoned == '' then
    counter.charge_success()
  end
  redis.call('HSET', KEYS[3], 'state', 'issuing', 'fingerprint', fingerprint, 'origin', origin,
    'lease', text(now + ISSUE_LEASE))
  return nil, { ANSWER_WON, abandoned }
end

local answer = counter.settle(ARGV[6])
if answer[1] == ANSWER_ACCEPTED then
  local not_redeemable
  not_redeemable, answer = claim(ARGV[7], ARGV[8], ARGV[9])
  if not_redeemable then
    answer = { not_redeemable, unpack(counter.charge_late()) }
  end
end
counter.save()
return answer
