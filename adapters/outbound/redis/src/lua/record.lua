-- The current retrieval password of a user, as core's `Record`, and the reissues before it.
local function record_of(key)
  local names = { 'id', 'hash', 'operator', 'route', 'issued', 'from', 'expires', 'state',
    'fingerprint', 'origin', 'lease', 'certificate', 'handed' }
  local values = redis.call('HMGET', key, unpack(names))
  if not values[1] then
    return nil
  end
  local record = {}
  for index, name in ipairs(names) do
    record[name] = values[index] or ''
  end
  return record
end

local function same_key(record, fingerprint, origin)
  return record.fingerprint == fingerprint and record.origin == origin
end

local function status_of(record, locked)
  if record.state == STATUS_REDEEMED or record.state == STATUS_CANCELLED then
    return record.state
  elseif locked then
    return STATUS_LOCKED
  elseif tonumber(record.expires) <= now then
    return STATUS_EXPIRED
  end
  return STATUS_ISSUED
end

-- That it was handed over, as long as that tells something which is still to come.
local function handed_of(record)
  if record.state == STATUS_REDEEMED or record.state == STATUS_CANCELLED then
    return ''
  end
  return record.handed
end

-- A reissue as one line. The operator's name comes last, for it may hold spaces.
local function line_of(record, status)
  return table.concat(
    { record.id, record.issued, record.expires, record.route, status, record.operator }, ' ')
end

local function id_of(line)
  return string.match(line, '^%S+')
end

local function expiry_of(line)
  return tonumber(string.match(line, '^%S+ %S+ (%S+)'))
end
