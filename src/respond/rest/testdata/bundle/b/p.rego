package b

p := input
