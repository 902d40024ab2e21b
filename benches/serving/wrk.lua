-- With paths after `--`, asks for them in turn, each request made up once; without, wrk sends its one request over and over.
local requests, turn = {}, 0

function init(arguments)
   for _, path in ipairs(arguments) do
      requests[#requests + 1] = wrk.format("GET", path)
   end
   if #requests > 0 then
      request = function()
         turn = turn % #requests + 1
         return requests[turn]
      end
   end
end

-- One line for the program: requests, microseconds they took, microseconds of the median and the 99th percentile, failures.
function done(summary, latency, _)
   local errors = summary.errors
   local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format("figures %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failures))
end
