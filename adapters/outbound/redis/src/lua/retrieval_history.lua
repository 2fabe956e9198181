-- KEYS: counter, leases, record, earlier reissues. ARGV: limits (4). What is noted of
-- the current one's being handed over, and one line a reissue.
local counter = attempts(KEYS[1], KEYS[2], 1)
local record = record_of(KEYS[3])
local lines = redis.call('LRANGE', KEYS[4], 0, -1)
local handed = ''
if record then
  handed = handed_of(record)
  table.insert(lines, 1, line_of(record, status_of(record, counter.is_locked())))
end
table.insert(lines, 1, handed)
return lines
