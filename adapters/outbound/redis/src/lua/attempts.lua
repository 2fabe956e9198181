-- The counter of one purpose, as core's `Attempts`: a hash (f failures, k locked since, b barred,
-- s barred since) and a sorted set of leases by their end. Reads everything at once; `save` does all writing, so
-- that a script which may not write has changed nothing.
-- The limits stand in four arguments from ARGV[at]: failures that lock, visible length of a lock
-- (empty: until unlocked), whether a lock is concealed, life of a lease.
local function attempts(counter_key, lease_key, at, token)
  local limit, visible = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local concealed, lease_for = ARGV[at + 2] == '1', tonumber(ARGV[at + 3])
  local stored = redis.call('HMGET', counter_key, 'f', 'k', 'b', 's')
  local expired = redis.call('ZCOUNT', lease_key, '-inf', text(now))
  local open = redis.call('ZCARD', lease_key) - expired
  local lease_end = token and tonumber(redis.call('ZSCORE', lease_key, token) or nil)
  local failures = tonumber(stored[1] or nil) or 0
  local locked_at = tonumber(stored[2] or nil)
  local barred = stored[3] == '1'
  local barred_since = tonumber(stored[4] or nil)
  local exists = stored[1] and true
  local held = lease_end and lease_end > now
  local taken, spent = false, false
  local self = {}

  -- Sets the lock. Tells whether there was none before, not even a concealed one.
  local function lock()
    locked_at = now
    local already_barred = barred
    barred = concealed
    barred_since = concealed and (barred_since or now) or nil
    return not already_barred
  end

  -- Counts one failure. Tells whether it set a lock that was not there before.
  local function fail()
    if locked_at then
      return false
    end
    failures = failures + 1
    return failures >= limit and lock()
  end

  -- Lets time pass: a timed lock ends, an expired lease becomes a failure.
  local function advance()
    if locked_at and visible and locked_at + visible <= now then
      locked_at = nil
      failures = 0
    end
    local just_set = false
    for _ = 1, expired do
      if locked_at then
        break
      end
      just_set = fail() or just_set
    end
    return just_set
  end

  local function locked(just_set)
    local until_when = locked_at and visible and text(locked_at + visible) or ''
    local since = text(barred_since or locked_at or now)
    return { ANSWER_LOCKED, until_when, just_set and '1' or '0', since }
  end

  function self.reserve()
    local just_set = advance()
    if not locked_at and failures >= limit then
      just_set = lock() or just_set
    end
    if locked_at then
      return locked(just_set)
    end
    if not held then
      if failures + open >= limit then
        return { ANSWER_BUSY }
      end
      taken = true
    end
    return { ANSWER_GRANTED, barred and '1' or '0' }
  end

  -- A right entry is accepted and leaves the count as it is.
  function self.settle(verdict)
    local just_set = advance()
    if not held then
      return just_set and locked(true) or { ANSWER_LOST }
    end
    spent = true
    if verdict == VERDICT_UNAVAILABLE and not just_set then
      return { ANSWER_RELEASED }
    end
    if locked_at then
      return locked(just_set)
    end
    if verdict == VERDICT_RIGHT and not barred then
      return { ANSWER_ACCEPTED }
    end
    if fail() then
      return locked(true)
    end
    if locked_at then
      return locked(false)
    end
    return { ANSWER_REFUSED, text(limit - failures) }
  end

  function self.forget_failures()
    failures = 0
  end

  -- Charges a right entry like a wrong one, without locking.
  function self.charge_success()
    failures = failures + 1
  end

  function self.unlock()
    advance()
    local was_locked = locked_at or barred
    failures, locked_at, barred, barred_since = 0, nil, false, nil
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
    if expired > 0 then
      redis.call('ZREMRANGEBYSCORE', lease_key, '-inf', text(now))
    end
    if taken then
      redis.call('ZADD', lease_key, text(now + lease_for), token)
    end
    if spent then
      redis.call('ZREM', lease_key, token)
    end
    if failures == 0 and not locked_at and not barred then
      if exists then
        redis.call('DEL', counter_key)
      end
      return
    end
    local since, bar = locked_at and text(locked_at), barred and '1' or false
    local barred_from = barred_since and text(barred_since) or false
    if stored[1] == text(failures) and stored[2] == (since or false) and stored[3] == bar
      and stored[4] == barred_from then
      return
    end
    redis.call('DEL', counter_key)
    redis.call('HSET', counter_key, 'f', text(failures))
    if since then
      redis.call('HSET', counter_key, 'k', since)
    end
    if bar then
      redis.call('HSET', counter_key, 'b', bar)
    end
    if barred_from then
      redis.call('HSET', counter_key, 's', barred_from)
    end
  end

  return self
end
