package system

main := {"hello": input}
