-- The counter of one purpose, as core's `Attempts`: a sorted set of leases by their end, and a hash:
-- f failures, t tokens of the newest of them, k locked since, b barred, s barred since, p barred before
-- that, u when entries got no answer, e tokens of excused leases; lists are joined by commas, oldest first;
-- in a lane n locks in a row, m when somebody last failed, d when the day began, c failures of the day.
-- Reads everything at once; `save` does all writing, so that a script which may not write has
-- changed nothing.
-- The limits stand in four arguments from ARGV[at]: failures that lock, visible length of a lock
-- (empty: until unlocked), whether a lock is concealed, life of a lease. Those of a lane stand in three
-- from ARGV[lane_at], where it is given: the longest lock (empty: all are alike, and nothing is
-- forgotten), wrong entries of a day (empty: any), whether a right entry gives the day back.
local FIELDS = { 'f', 't', 'k', 'b', 'p', 'u', 'e', 's', 'n', 'm', 'd', 'c' }

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

local function attempts(counter_key, lease_key, at, token, lane_at)
  local limit, visible = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local concealed, lease_for = ARGV[at + 2] == '1', tonumber(ARGV[at + 3])
  local longest = lane_at and tonumber(ARGV[lane_at])
  local most_a_day = lane_at and tonumber(ARGV[lane_at + 1])
  local day_renewed = not lane_at or not most_a_day or ARGV[lane_at + 2] == '1'
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
  local locks, last_failed = tonumber(stored[9] or nil) or 0, tonumber(stored[10] or nil)
  local day_began, day_failures = tonumber(stored[11] or nil), tonumber(stored[12] or nil) or 0
  local held = lease_end and lease_end > now
  local taken, spent, touched = false, false, false
  local self = {}

  local function left_today()
    return most_a_day and math.max(most_a_day - day_failures, 0) or math.huge
  end

  local function failures_left()
    return math.min(math.max(limit - failures, 0), left_today())
  end

  -- How long the lock that is on lasts, if it ends by itself.
  local function lock_lasts()
    if not visible or not longest then
      return visible
    end
    local doublings = math.min(math.max(locks - 1, 0), MOST_DOUBLINGS)
    return math.min(visible * 2 ^ doublings, math.max(longest, visible))
  end

  local function lock_end()
    local lasts = lock_lasts()
    if not locked_at or not lasts then
      return nil
    end
    if day_began and left_today() == 0 then
      return math.max(locked_at + lasts, day_began + DAY)
    end
    return locked_at + lasts
  end

  -- When failures and locks are forgotten, if nobody fails any more.
  local function forgotten_at()
    local lasts = lock_lasts()
    if not lasts or not last_failed then
      return nil
    end
    return last_failed + (locks == 0 and lasts or 2 * lasts)
  end

  -- Sets the lock. Tells whether there was none before, not even a concealed one.
  local function lock()
    locked_at = now
    if longest then
      locks, last_failed = locks + 1, now
    end
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
    local ends = lock_end()
    if ends and ends <= now then
      locked_at = nil
      self.forget_failures()
    end
    if day_began and day_began + DAY <= now then
      day_began, day_failures = nil, 0
    end
    if not locked_at and longest then
      if not last_failed and (failures > 0 or locks > 0) then
        last_failed = now
      end
      local forgotten = forgotten_at()
      if forgotten and forgotten <= now then
        locks, last_failed = 0, nil
        self.forget_failures()
      end
    end
    for index = 2, #lapsed, 2 do
      leave_unanswered(tonumber(lapsed[index]))
    end
    unanswered = only(unanswered, function(since)
      return tonumber(since) + UNANSWERED_WINDOW > now
    end)
  end

  local function locked(just_set)
    local ends = lock_end()
    local until_when = ends and text(ends) or ''
    local since = text(barred_since or locked_at or now)
    return { ANSWER_LOCKED, until_when, just_set and '1' or '0', since }
  end

  local function refused()
    return { ANSWER_REFUSED, text(failures_left()) }
  end

  -- Counts a failure that was booked on the token.
  local function fail()
    failures = failures + 1
    if longest then
      last_failed = now
    end
    if most_a_day then
      day_began, day_failures = day_began or now, day_failures + 1
    end
    push(failed, token, FAILURES_TO_TAKE_BACK)
    if failures_left() > 0 then
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
    day_failures = math.max(day_failures - 1, 0)
    if day_failures == 0 then
      day_began = nil
    end
    if failures_left() > 0 and locked_at then
      locked_at = nil
      barred = barred_before
      barred_since = barred and barred_since or nil
      locks = math.max(locks - 1, 0)
    end
    if failures == 0 and locks == 0 then
      last_failed = nil
    end
    return true
  end

  function self.reserve()
    advance()
    local just_set = false
    if not locked_at and failures_left() == 0 then
      just_set = lock()
    end
    if locked_at then
      return locked(just_set)
    end
    if not held then
      if #unanswered >= UNANSWERED_ENTRIES then
        return { ANSWER_SUSPENDED, text(tonumber(unanswered[1]) + UNANSWERED_WINDOW) }
      end
      if open >= math.min(failures_left(), UNANSWERED_ENTRIES - #unanswered) then
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

  -- What a right entry forgets.
  function self.accepted()
    self.forget_failures()
    unanswered, locks, last_failed = {}, 0, nil
    if day_renewed then
      day_began, day_failures = nil, 0
    end
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
    barred_since, locks, last_failed, day_began, day_failures = nil, 0, nil, nil, 0
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

  -- When the counter holds nothing any more, if nobody enters anything. Nothing where that never
  -- comes.
  local function ends_at()
    local lock_ends, ends = lock_end(), 0
    if barred or (locked_at and not lock_ends) then
      return nil
    end
    if longest and last_failed then
      ends = forgotten_at()
      if not ends then
        return nil
      end
    elseif failures > 0 and not locked_at then
      return nil
    end
    return math.max(ends, lock_ends or 0, day_began and day_began + DAY or 0,
      #unanswered > 0 and tonumber(unanswered[#unanswered]) + UNANSWERED_WINDOW or 0)
  end

  function self.save()
    if #lapsed > 0 then
      redis.call('ZREMRANGEBYSCORE', lease_key, '-inf', text(now))
    end
    if taken then
      redis.call('ZADD', lease_key, text(now + lease_for), token)
      -- When all of them lapsed so long ago that nobody remembers it.
      redis.call('PEXPIRE', lease_key, text(lease_for + UNANSWERED_WINDOW))
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
      locks > 0 and text(locks) or '', last_failed and text(last_failed) or '',
      day_began and text(day_began) or '', day_failures > 0 and text(day_failures) or '',
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
    local ends = ends_at()
    if ends then
      redis.call('PEXPIRE', counter_key, text(math.max(ends - now, UNANSWERED_WINDOW)))
    end
  end

  return self
end
