-- KEYS: all by registration. ARGV: direction, beginning with which time, from which on, how many.
if ARGV[1] == 'forwards' then
  return redis.call('ZRANGE', KEYS[1], ARGV[2], '+inf', 'BYSCORE', 'LIMIT', ARGV[3], ARGV[4])
end
return redis.call('ZRANGE', KEYS[1], ARGV[2], '-inf', 'BYSCORE', 'REV', 'LIMIT', ARGV[3], ARGV[4])
