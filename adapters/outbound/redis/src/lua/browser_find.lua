-- KEYS: known browsers. ARGV: mark.
local place = place_of(known_browsers(KEYS[1]), ARGV[1])
return { place and text(place) or '' }
