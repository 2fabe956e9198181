-- KEYS: counter, leases, record, earlier reissues.
-- ARGV: limits (4), id, hash, operator, route, valid for, hold for, keep for.
local counter = attempts(KEYS[1], KEYS[2], 1)
local record = record_of(KEYS[3])
local earlier = redis.call('LRANGE', KEYS[4], 0, -1)
local keep_for = tonumber(ARGV[11])

if record and record.id == ARGV[5] then
  -- Written again so that waiting for the replicas has something to wait for.
  redis.call('HSET', KEYS[3], 'id', record.id)
  return { record.issued, record.from, record.expires }
end

-- A late repetition of an earlier reissue must not bring its password back.
for _, line in ipairs(earlier) do
  if id_of(line) == ARGV[5] then
    local issued, expires = string.match(line, '^%S+ (%S+) (%S+)')
    return { issued, issued, expires }
  end
end

local lines, last_end = {}, 0
local function keep(line)
  local ends = expiry_of(line) + keep_for
  if #lines < REMEMBERED_REISSUES and ends > now then
    lines[#lines + 1] = line
    last_end = math.max(last_end, ends)
  end
end
if record then
  local status = status_of(record, counter.is_locked())
  if status == STATUS_ISSUED or status == STATUS_LOCKED then
    status = STATUS_SUPERSEDED
  end
  keep(line_of(record, status))
end
for _, line in ipairs(earlier) do
  keep(line)
end

local from = now + tonumber(ARGV[10])
local expires = from + tonumber(ARGV[9])
counter.forget()
redis.call('DEL', KEYS[3], KEYS[4])
redis.call('HSET', KEYS[3], 'id', ARGV[5], 'hash', ARGV[6], 'operator', ARGV[7], 'route', ARGV[8],
  'issued', text(now), 'from', text(from), 'expires', text(expires), 'state', 'active')
redis.call('PEXPIRE', KEYS[3], text(expires - now + keep_for))
if #lines > 0 then
  redis.call('RPUSH', KEYS[4], unpack(lines))
  redis.call('PEXPIRE', KEYS[4], text(last_end - now))
end
return { text(now), text(from), text(expires) }
