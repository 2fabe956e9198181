-- KEYS: known browsers, then counter and leases of each of them.
redis.call('DEL', unpack(KEYS))
return { 'ok' }
