# Who may do what.
package rbac

default allow := false

allow if {
	some role in data.users[input.user].roles
	some grant in data.grants[role]
	grant.action == input.action
	grant.type == input.type
}

roles contains r if some r in data.users[input.user].roles

by[name] := u.roles if some name, u in data.users

who := input.user

more(x) := x + 1
