# Objects, and the pods that they make, say whose they are, and do not lie.
package hoster.tenant_labels

import data.lib.review
import data.lib.tenant

templates := {
	"ReplicationController": ["spec", "template"],
	"Deployment": ["spec", "template"],
	"ReplicaSet": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
	"DaemonSet": ["spec", "template"],
	"Job": ["spec", "template"],
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
}

places contains []

places contains templates[input.review.kind.kind]

# An update is judged where labels changed. Templates of old Deployments are not asked again either.
judged contains {"field": field, "labels": object.get(input.review.object, path, {})} if {
	not review.removed
	some place in places
	path := array.concat(place, ["metadata", "labels"])
	not review.untouched(path)
	field := concat(".", path)
}

violation contains complaint(part, key, text) if {
	some part in judged
	some required in input.parameters.labels
	key := required.key
	not part.labels[key]
	text := sprintf("is missing; set it%s", [form(required)])
}

violation contains complaint(part, key, text) if {
	some part in judged
	some required in input.parameters.labels
	key := required.key
	value := part.labels[key]
	not valid(required, value)
	text := sprintf("is %s, which is not valid; set it%s", [json.marshal(value), form(required)])
}

violation contains complaint(part, tenant.label, text) if {
	some part in judged
	known
	value := label_of(part.labels)
	value != owner
	text := sprintf("is %s, but namespace %s is of tenant %s; set it to that", [json.marshal(value), input.review.namespace, json.marshal(owner)])
}

violation contains review.complaint("metadata.namespace", text) if {
	namespaced
	count(judged) > 0
	input.parameters.requireNamespace == true
	not known
	text := "is known here by its name only, not whose it is; give the Namespace to the judge (sync v1/Namespace)"
}

# Whose a namespace is, decides what it may do: that is for the hoster to change, by a new namespace.
violation contains complaint({"field": "metadata.labels"}, tenant.label, text) if {
	input.review.kind.kind == "Namespace"
	input.review.operation == "UPDATE"
	old := tenant.of(input.review.oldObject)
	value := object.get(input.review.object, ["metadata", "labels", tenant.label], null)
	value != old
	not mover
	text := sprintf("was %s and would be %s; a namespace keeps its tenant: make another one", [json.marshal(old), json.marshal(value)])
}

label_of(labels) := value if {
	value := labels[tenant.label]
} else := null

mover if review.matches_any(input.parameters.movers, input.review.userInfo.username)

namespaced if {
	input.review.namespace != ""
	input.review.kind.kind != "Namespace"
}

known if {
	namespaced
	tenant.namespace
}

# "" for a namespace without the label: nothing in it is anybody's.
owner := object.get(tenant.namespace, ["metadata", "labels", tenant.label], "")

# The whole value. What is no regular expression allows nothing.
valid(required, value) if regex.match(sprintf(`^(?:%s)$`, [required.regex]), value)

valid(required, value) if {
	is_string(value)
	not required.regex
}

form(required) := sprintf(" to what matches %s", [required.regex])

form(required) := "" if not required.regex

complaint(part, key, text) := review.complaint(sprintf("%s[%s]", [part.field, json.marshal(key)]), text)
