package admission

deny contains msg if {
	limit := 1024
	input.memory > limit
	msg := sprintf("memory %d is above %d", [input.memory, limit])
}
