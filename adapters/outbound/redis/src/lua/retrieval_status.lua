-- KEYS: counter, leases, record. ARGV: limits (4).
local counter = attempts(KEYS[1], KEYS[2], 1)
local record = record_of(KEYS[3])
local locked = counter.is_locked()
local flag = locked and '1' or '0'
if not record then
  return { '', '', flag, '' }
end
return { status_of(record, locked), record.expires, flag, handed_of(record) }
