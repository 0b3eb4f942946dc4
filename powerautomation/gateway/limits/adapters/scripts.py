"""The steps of ``memory.InProcessCounters`` as Redis scripts: each runs alone, so each is one atomic step.

Everything of an organization has its id in braces, so that a Redis cluster keeps it in one place. ``c:`` are counters
(level, at, rate), ``l:`` what a lease holds, ``leases`` when each expires, ``d:`` settled ones. Numbers are written
with 17 digits, which brings back exactly the double that was written: both versions calculate the same, to the last
bit.
"""

_PRELUDE = """
local prefix = ARGV[1]
local now = tonumber(ARGV[2])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function text(number) return string.format('%.17g', number) end
local function level_of(name)
  local fields = redis.call('HMGET', prefix .. 'c:' .. name, 'level', 'at', 'rate')
  if not fields[1] then return nil end
  local level, at, rate = tonumber(fields[1]), tonumber(fields[2]), tonumber(fields[3])
  if rate == 0 or now <= at then return level end
  level = level - (now - at) * rate
  if level > 0 then return level end
  return 0
end
local function put(name, level)
  redis.call('HSET', prefix .. 'c:' .. name, 'level', text(level), 'at', text(now))
end
local function begin(name, level, rate, keep)
  put(name, level)
  redis.call('HSET', prefix .. 'c:' .. name, 'rate', rate)
  redis.call('PEXPIRE', prefix .. 'c:' .. name, keep)
end
local function add(name, amount)
  local level = level_of(name) + amount
  if level <= 0 then level = 0 end
  put(name, level)
  return level
end
local function hold(lease, milliseconds, held)
  redis.call('ZADD', prefix .. 'leases', text(now + milliseconds), lease)
  redis.call('HSET', prefix .. 'l:' .. lease, '', '0', unpack(held))
  redis.call('PEXPIRE', prefix .. 'leases', 604800000)
  redis.call('PEXPIRE', prefix .. 'l:' .. lease, 604800000)
end
local function expire()
  local late = redis.call('ZRANGEBYSCORE', prefix .. 'leases', '-inf', text(now), 'LIMIT', 0, 100)
  for _, lease in ipairs(late) do
    local held = redis.call('HGETALL', prefix .. 'l:' .. lease)
    for place = 1, #held, 2 do
      if held[place] ~= '' and redis.call('EXISTS', prefix .. 'c:' .. held[place]) == 1 then
        add(held[place], -tonumber(held[place + 1]))
      end
    end
    redis.call('ZREM', prefix .. 'leases', lease)
    redis.call('DEL', prefix .. 'l:' .. lease)
  end
end
"""

# ARGV: prefix, now (0: the server's clock), lease, milliseconds, how many asks a claim has, then for each claim:
# counter, capacity, rate, needs a seed, keep, its asks. Returns a text with a 1 for each place that fits and a 0 for
# each other, all 0 where nothing was reserved, then the levels, then which seeds are missing.
RESERVE = (
    _PRELUDE
    + """
expire()
local levels, held, missing, marks = {}, {}, {}, {}
local count = tonumber(ARGV[5])
local width, fitting = 5 + count, count
for place = 1, count do marks[place] = '1' end
for at = 6, #ARGV, width do
  local level = level_of(ARGV[at])
  if level == nil then
    if ARGV[at + 3] == '1' then missing[#missing + 1] = ARGV[at] end
    level = 0
  end
  levels[#levels + 1] = level
  for place = 1, count do
    if marks[place] == '1' and level + tonumber(ARGV[at + 4 + place]) > tonumber(ARGV[at + 1]) then
      marks[place] = '0'
      fitting = fitting - 1
    end
  end
end
if #missing > 0 or fitting == 0 then
  for place = 1, count do marks[place] = '0' end
else
  for at = 6, #ARGV, width do
    local number = (at - 6) / width + 1
    local most, written = -1, ''
    for place = 1, count do
      local ask = tonumber(ARGV[at + 4 + place])
      if marks[place] == '1' and ask > most then most, written = ask, ARGV[at + 4 + place] end
    end
    levels[number] = levels[number] + most
    begin(ARGV[at], levels[number], ARGV[at + 2], ARGV[at + 4])
    held[#held + 1] = ARGV[at]
    held[#held + 1] = written
  end
  hold(ARGV[3], tonumber(ARGV[4]), held)
end
local answer = {table.concat(marks)}
for _, level in ipairs(levels) do answer[#answer + 1] = text(level) end
for _, name in ipairs(missing) do answer[#answer + 1] = name end
return answer
"""
)

# ARGV: prefix, now, lease, how long to remember it, then for each claim: counter, used, rate, needs a seed, keep.
# Returns the levels, an empty text for what counts nothing; nothing at all when it was settled before.
SETTLE = (
    _PRELUDE
    + """
local lease = ARGV[3]
if tonumber(ARGV[4]) > 0 and not redis.call('SET', prefix .. 'd:' .. lease, '1', 'NX', 'PX', ARGV[4]) then return {} end
local held, answer = {}, {}
local found = redis.call('HGETALL', prefix .. 'l:' .. lease)
for place = 1, #found, 2 do held[found[place]] = tonumber(found[place + 1]) end
redis.call('ZREM', prefix .. 'leases', lease)
redis.call('DEL', prefix .. 'l:' .. lease)
for place = 5, #ARGV, 5 do
  local name = ARGV[place]
  if redis.call('EXISTS', prefix .. 'c:' .. name) == 0 and ARGV[place + 3] == '1' then answer[#answer + 1] = ''
  else
    if redis.call('EXISTS', prefix .. 'c:' .. name) == 0 then begin(name, 0, ARGV[place + 2], ARGV[place + 4]) end
    answer[#answer + 1] = text(add(name, tonumber(ARGV[place + 1]) - (held[name] or 0)))
  end
end
return answer
"""
)

# ARGV: prefix, now, lease, milliseconds, then for each claim: counter, ask, rate, needs a seed, keep.
RENEW = (
    _PRELUDE
    + """
local lease = ARGV[3]
if redis.call('ZSCORE', prefix .. 'leases', lease) then
  redis.call('ZADD', prefix .. 'leases', text(now + tonumber(ARGV[4])), lease)
  return 1
end
if redis.call('EXISTS', prefix .. 'd:' .. lease) == 1 then return 0 end
local held = {}
for place = 5, #ARGV, 5 do
  local name = ARGV[place]
  local known = redis.call('EXISTS', prefix .. 'c:' .. name) == 1
  if known or ARGV[place + 3] == '0' then
    if not known then begin(name, 0, ARGV[place + 2], ARGV[place + 4]) end
    add(name, tonumber(ARGV[place + 1]))
    held[#held + 1] = name
    held[#held + 1] = ARGV[place + 1]
  end
end
hold(lease, tonumber(ARGV[4]), held)
return 2
"""
)

# ARGV: prefix, now, counter, level, keep.
SEED = (
    _PRELUDE
    + """
if redis.call('EXISTS', prefix .. 'c:' .. ARGV[3]) == 0 then begin(ARGV[3], tonumber(ARGV[4]), '0', ARGV[5]) end
return 1
"""
)

# ARGV: prefix, now, then counters. Returns their levels, an empty text for one that counts nothing.
LEVELS = (
    _PRELUDE
    + """
expire()
local answer = {}
for place = 3, #ARGV do
  local level = level_of(ARGV[place])
  answer[#answer + 1] = level == nil and '' or text(level)
end
return answer
"""
)
