-- audit_before
-- KEYS: log, and what lines are found by, if not all are wanted. ARGV: before which place, how many.
-- Place and text of each line, newest first; the text is empty where the log has lost the line.
local found = redis.call('XREVRANGE', KEYS[2] or KEYS[1], ARGV[1], '-', 'COUNT', ARGV[2])
local answer = {}
for _, entry in ipairs(found) do
  if KEYS[2] then
    local place = entry[1]
    entry = redis.call('XRANGE', KEYS[1], place, place)[1] or { place, { 'line', '' } }
  end
  answer[#answer + 1] = entry[1]
  answer[#answer + 1] = entry[2][2]
end
return answer
