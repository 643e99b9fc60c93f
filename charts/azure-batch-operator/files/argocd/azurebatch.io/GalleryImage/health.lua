-- The conditions follow kstatus: Ready always, Reconciling and Stalled only while they are True.
-- Degraded fails a sync at once, so it is only what nothing but somebody's action can end.
if obj.spec.suspend == true then
  return { status = "Suspended", message = "Suspended: nothing is changed in Azure until spec.suspend is false" }
end

local status = obj.status or {}
if status.observedGeneration == nil then
  return { status = "Progressing", message = "Waiting for the operator to look at it" }
end
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Waiting for the operator to look at the new spec" }
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions["Ready"]
local reconciling = conditions["Reconciling"]
local stalled = conditions["Stalled"]
local advisory = conditions["Advisory"]

if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
if reconciling ~= nil and reconciling.status == "True" then
  return { status = "Progressing", message = reconciling.message }
end
if ready == nil or ready.status ~= "True" then
  return { status = "Progressing", message = ready and ready.message or "Waiting for the operator to look at it" }
end
if advisory ~= nil and advisory.status == "True" then
  return { status = "Healthy", message = ready.message .. " Advice: " .. advisory.message }
end
return { status = "Healthy", message = ready.message }
