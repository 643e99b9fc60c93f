local asked = actionParams["replicas"] or ""
local nodes = tonumber(asked)

if nodes == nil or nodes < 0 or nodes % 1 ~= 0 then
  error("replicas must be a whole number of nodes, 0 or more, not '" .. asked .. "'", 0)
end
if obj.spec.enableAutoScale == true then
  error("the pool's autoScaleFormula decides how many nodes it has: change that", 0)
end
obj.spec.targetDedicatedNodes = nodes
return obj
