-- The known browsers of a user, as core's `KnownBrowsers`: a hash, by place, of mark, end and whether the
-- token was ever shown.
local function known_browsers(key)
  local known = {}
  for place = 0, BROWSERS - 1 do
    local written = redis.call('HGET', key, text(place))
    local mark, ends, used = string.match(written or '', '^(%S+) (%S+) (%S+)$')
    if mark and tonumber(ends) > now then
      known[place] = { mark = mark, ends = tonumber(ends), used = used == '1' }
    end
  end
  return known
end

local function place_of(known, mark)
  for place = 0, BROWSERS - 1 do
    if known[place] and known[place].mark == mark then
      return place
    end
  end
  return nil
end
