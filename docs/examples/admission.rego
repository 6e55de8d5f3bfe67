package admission

containers contains c if {
	some kind in ["containers", "initContainers", "ephemeralContainers"]
	some c in input.spec[kind]
}

deny contains msg if {
	some c in containers
	c.securityContext.privileged
	msg := sprintf("%s: container %s is privileged", [input.metadata.name, c.name])
}
