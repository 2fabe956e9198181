-- KEYS: known browsers, then counter and leases of each of them. ARGV: mark, for how long.
local known, mark = known_browsers(KEYS[1]), ARGV[1]
local place = place_of(known, mark)
local used = place ~= nil
if not place then
  for candidate = 0, BROWSERS - 1 do
    if not known[candidate] then
      place = candidate
      break
    end
  end
end
if not place then
  local function goes_before(one, other)
    if one.used ~= other.used then
      return not one.used
    end
    return one.ends < other.ends
  end
  place = 0
  for candidate = 1, BROWSERS - 1 do
    if goes_before(known[candidate], known[place]) then
      place = candidate
    end
  end
end
local keep_for = tonumber(ARGV[2])
local value = table.concat({ mark, text(now + keep_for), used and '1' or '0' }, ' ')
redis.call('HSET', KEYS[1], text(place), value)
redis.call('PEXPIRE', KEYS[1], text(keep_for))
if not used then
  redis.call('DEL', KEYS[2 * place + 2], KEYS[2 * place + 3])
end
return { text(place) }
