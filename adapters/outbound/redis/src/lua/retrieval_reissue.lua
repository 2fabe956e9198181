-- KEYS: counter, leases, record, earlier reissues, marked requests.
-- ARGV: limits (4), id, hash, operator, route, valid for, hold for, keep for, request or empty,
-- remember for, verified at or empty, identity or empty.
local counter = attempts(KEYS[1], KEYS[2], 1)
local record = record_of(KEYS[3])
local earlier = redis.call('LRANGE', KEYS[4], 0, -1)
local keep_for = tonumber(ARGV[11])

if record and record.id == ARGV[5] then
  -- Written again so that waiting for the replicas has something to wait for.
  redis.call('HSET', KEYS[3], 'id', record.id)
  return { ANSWER_ISSUED_NOW, record.issued, record.from, record.expires }
end

-- A late repetition of an earlier reissue must not bring its password back.
for _, line in ipairs(earlier) do
  if id_of(line) == ARGV[5] then
    local issued, expires = string.match(line, '^%S+ (%S+) (%S+)')
    return { ANSWER_ISSUED_NOW, issued, issued, expires }
  end
end

local requests, last_request = redis.call('HGETALL', KEYS[5]), 0
for place = 1, #requests, 2 do
  local ends = tonumber(requests[place + 1])
  if requests[place] == ARGV[12] and ends > now then
    return { ANSWER_REPEATED }
  end
  last_request = math.max(last_request, ends)
end

local verified_at = tonumber(ARGV[14])
if verified_at and record and record.route ~= ROUTE_SELF_SERVICE
  and tonumber(record.issued) > verified_at then
  return { ANSWER_OVERTAKEN }
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
if ARGV[15] ~= '' then
  redis.call('HSET', KEYS[3], 'identity', ARGV[15])
end
redis.call('PEXPIRE', KEYS[3], text(expires - now + keep_for))
if #lines > 0 then
  redis.call('RPUSH', KEYS[4], unpack(lines))
  redis.call('PEXPIRE', KEYS[4], text(last_end - now))
end
for place = 1, #requests, 2 do
  if tonumber(requests[place + 1]) <= now then
    redis.call('HDEL', KEYS[5], requests[place])
  end
end
if ARGV[12] ~= '' then
  local remembered = now + tonumber(ARGV[13])
  redis.call('HSET', KEYS[5], ARGV[12], text(remembered))
  redis.call('PEXPIRE', KEYS[5], text(math.max(remembered, last_request) - now))
end
return { ANSWER_ISSUED_NOW, text(now), text(from), text(expires) }
