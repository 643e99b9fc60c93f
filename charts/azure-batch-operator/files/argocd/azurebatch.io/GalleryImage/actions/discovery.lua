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

return actions
