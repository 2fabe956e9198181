-- The counter of one purpose, as core's `Attempts`: a sorted set of leases by their end, and a hash:
-- f failures, t tokens of the newest of them, k locked since, b barred, s barred since, p barred before
-- that, u when entries got no answer, e tokens of excused leases; lists are joined by commas, oldest first.
-- Reads everything at once; `save` does all writing, so that a script which may not write has
-- changed nothing.
-- The limits stand in four arguments from ARGV[at]: failures that lock, visible length of a lock
-- (empty: until unlocked), whether a lock is concealed, life of a lease.
local FIELDS = { 'f', 't', 'k', 'b', 'p', 'u', 'e', 's' }

local function split(joined)
  local items = {}
  for item in string.gmatch(joined or '', '[^,]+') do
    items[#items + 1] = item
  end
  return items
end

-- What is kept of `items`.
local function only(items, keep)
  local kept = {}
  for _, item in ipairs(items) do
    if keep(item) then
      kept[#kept + 1] = item
    end
  end
  return kept
end

-- Adds to a list that never holds more than `most`: the oldest goes.
local function push(items, item, most)
  items[#items + 1] = item
  if #items > most then
    table.remove(items, 1)
  end
end

local function attempts(counter_key, lease_key, at, token)
  local limit, visible = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local concealed, lease_for = ARGV[at + 2] == '1', tonumber(ARGV[at + 3])
  local stored = redis.call('HMGET', counter_key, unpack(FIELDS))
  local lapsed = redis.call('ZRANGEBYSCORE', lease_key, '-inf', text(now), 'WITHSCORES')
  local open = redis.call('ZCARD', lease_key) - #lapsed / 2
  local lease_end = token and tonumber(redis.call('ZSCORE', lease_key, token) or nil)
  local failures, failed = tonumber(stored[1] or nil) or 0, split(stored[2])
  local locked_at = tonumber(stored[3] or nil)
  local barred, barred_before = stored[4] == '1', stored[5] == '1'
  local unanswered = split(stored[6])
  local excused = only(split(stored[7]), function(excused_token)
    local ends = tonumber(redis.call('ZSCORE', lease_key, excused_token) or nil)
    return ends and ends > now
  end)
  local barred_since = tonumber(stored[8] or nil)
  local held = lease_end and lease_end > now
  local taken, spent, touched = false, false, false
  local self = {}

  -- Sets the lock. Tells whether there was none before, not even a concealed one.
  local function lock()
    locked_at = now
    barred_before, barred = barred, concealed
    barred_since = concealed and (barred_since or now) or nil
    return not barred_before
  end

  local function leave_unanswered(when)
    push(unanswered, text(when), UNANSWERED_ENTRIES)
  end

  -- Lets time pass: a timed lock ends, what was reserved for too long is released without an
  -- answer, and entries without an answer are forgotten.
  local function advance()
    if locked_at and visible and locked_at + visible <= now then
      locked_at = nil
      self.forget_failures()
    end
    for index = 2, #lapsed, 2 do
      leave_unanswered(tonumber(lapsed[index]))
    end
    unanswered = only(unanswered, function(since)
      return tonumber(since) + UNANSWERED_WINDOW > now
    end)
  end

  local function locked(just_set)
    local until_when = locked_at and visible and text(locked_at + visible) or ''
    local since = text(barred_since or locked_at or now)
    return { ANSWER_LOCKED, until_when, just_set and '1' or '0', since }
  end

  local function refused()
    return { ANSWER_REFUSED, text(math.max(limit - failures, 0)) }
  end

  -- Counts a failure that was booked on the token.
  local function fail()
    failures = failures + 1
    push(failed, token, FAILURES_TO_TAKE_BACK)
    if failures < limit then
      return refused()
    end
    return locked(lock())
  end

  -- Takes back what the token was charged. Tells whether there was anything.
  local function take_back()
    local place
    for index, other in ipairs(failed) do
      if other == token then
        place = index
        break
      end
    end
    if not place then
      return false
    end
    table.remove(failed, place)
    failures = math.max(failures - 1, 0)
    if failures < limit and locked_at then
      locked_at = nil
      barred = barred_before
      barred_since = barred and barred_since or nil
    end
    return true
  end

  function self.reserve()
    advance()
    local just_set = false
    if not locked_at and failures >= limit then
      just_set = lock()
    end
    if locked_at then
      return locked(just_set)
    end
    if not held then
      if #unanswered >= UNANSWERED_ENTRIES then
        return { ANSWER_SUSPENDED, text(tonumber(unanswered[1]) + UNANSWERED_WINDOW) }
      end
      if open >= math.min(limit - failures, UNANSWERED_ENTRIES - #unanswered) then
        return { ANSWER_BUSY }
      end
      taken = true
    end
    return { ANSWER_GRANTED, barred and '1' or '0' }
  end

  -- A right entry is accepted and leaves the count as it is.
  function self.settle(verdict)
    advance()
    if not held then
      touched = verdict == VERDICT_WITHDRAWN
      if touched and take_back() then
        leave_unanswered(now)
        return { ANSWER_RELEASED }
      end
      return { ANSWER_LOST }
    end
    spent = true
    if verdict == VERDICT_NOT_ASKED then
      return { ANSWER_RELEASED }
    end
    if verdict == VERDICT_UNDECIDED or verdict == VERDICT_WITHDRAWN then
      leave_unanswered(now)
      return { ANSWER_RELEASED }
    end
    if locked_at then
      return locked(false)
    end
    if verdict == VERDICT_RIGHT and not barred then
      return { ANSWER_ACCEPTED }
    end
    return fail()
  end

  function self.forget_unanswered()
    unanswered = {}
  end

  function self.forget_failures()
    failures, failed = 0, {}
  end

  -- Charges a right entry like a wrong one, without locking. What is being checked beside it is
  -- excused.
  function self.charge_success()
    failures = failures + 1
    excused = only(redis.call('ZRANGEBYSCORE', lease_key, '(' .. text(now), '+inf'), function(other)
      return other ~= token
    end)
  end

  -- Charges a right entry that came too late like a wrong one, unless it is excused.
  function self.charge_late()
    for _, excused_token in ipairs(excused) do
      if excused_token == token then
        return refused()
      end
    end
    return fail()
  end

  function self.unlock()
    advance()
    local was_locked = locked_at or barred
    self.forget_failures()
    unanswered, locked_at, barred, barred_before = {}, nil, false, false
    barred_since = nil
    return { was_locked and '1' or '0' }
  end

  -- For looking only: what it changes must not be saved.
  function self.is_locked()
    advance()
    return (locked_at or barred) and true or false
  end

  function self.forget()
    redis.call('DEL', counter_key, lease_key)
  end

  function self.save()
    if #lapsed > 0 then
      redis.call('ZREMRANGEBYSCORE', lease_key, '-inf', text(now))
    end
    if taken then
      redis.call('ZADD', lease_key, text(now + lease_for), token)
    end
    if touched then
      -- So that waiting for the replicas has something to wait for, whatever was there.
      redis.call('ZADD', lease_key, '0', token)
    end
    if spent or touched then
      redis.call('ZREM', lease_key, token)
    end
    local values = {
      failures > 0 and text(failures) or '', table.concat(failed, ','),
      locked_at and text(locked_at) or '', barred and '1' or '', barred_before and '1' or '',
      table.concat(unanswered, ','), table.concat(excused, ','),
      barred_since and text(barred_since) or '',
    }
    local changed, pairs_to_set = false, {}
    for index, value in ipairs(values) do
      changed = changed or value ~= (stored[index] or '')
      if value ~= '' then
        pairs_to_set[#pairs_to_set + 1] = FIELDS[index]
        pairs_to_set[#pairs_to_set + 1] = value
      end
    end
    if not changed then
      return
    end
    redis.call('DEL', counter_key)
    if #pairs_to_set == 0 then
      return
    end
    redis.call('HSET', counter_key, unpack(pairs_to_set))
    if failures == 0 and not locked_at and not barred then
      redis.call('PEXPIRE', counter_key, text(UNANSWERED_WINDOW))
    end
  end

  return self
end
