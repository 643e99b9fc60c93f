local suspended = obj.spec.suspend == true
local actions = {}

actions["reconcile"] = {
  ["displayName"] = "Look at it now",
  ["iconClass"] = "fa fa-fw fa-sync",
  ["disabled"] = suspended,
}
actions["suspend"] = {
  ["displayName"] = "Suspend",
  ["iconClass"] = "fa fa-fw fa-pause",
  ["disabled"] = suspended,
}
actions["resume"] = {
  ["displayName"] = "Resume",
  ["iconClass"] = "fa fa-fw fa-play",
  ["disabled"] = not suspended,
}

-- A formula and a size exclude each other.
if obj.spec.enableAutoScale ~= true then
  actions["scale"] = {
    ["displayName"] = "Scale dedicated nodes",
    ["iconClass"] = "fa fa-fw fa-arrows-alt-v",
    ["params"] = { { ["name"] = "replicas" } },
  }
end

return actions
