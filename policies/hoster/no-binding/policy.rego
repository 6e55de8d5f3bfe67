# Only a scheduler puts a pod on a node.
package hoster.no_binding

import data.lib.review

violation contains review.complaint("target", text) if {
	not review.removed
	not scheduler
	node := object.get(input.review.object, ["target", "name"], null)
	text := sprintf("is %s, chosen by user %s, who is no scheduler: a binding passes taints by, and its annotations become the pod's; leave it to the scheduler", [json.marshal(node), json.marshal(user)])
}

scheduler if review.matches_any(input.parameters.schedulers, user)

default user := ""

user := input.review.userInfo.username
