-- KEYS: undecided by end. ARGV: number, undecided until or empty.
if ARGV[2] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
end
return { 'ok' }
