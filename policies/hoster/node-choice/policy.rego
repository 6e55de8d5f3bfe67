# The scheduler chooses the node, among those that are for everybody.
package hoster.node_choice

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

# A Pod that has its node was given it by the scheduler: the choice counts when the Pod is made.
violation contains pod.fault(".nodeName", text) if {
	pod.judged
	name := pod.spec.nodeName
	not name in {null, ""}
	chosen
	text := sprintf("is %s: no scheduler is asked, and no taint heeded; remove it", [json.marshal(name)])
}

chosen if input.review.kind.kind != "Pod"

chosen if input.review.operation == "CREATE"

violation contains pod.fault(".schedulerName", text) if {
	pod.judged
	name := pod.spec.schedulerName
	not name in {null, ""}
	not name in object.get(input.parameters, "schedulers", [])
	text := sprintf("is %s, a scheduler that is not for tenants; remove it", [json.marshal(name)])
}

violation contains pod.fault(".tolerations", "is no list; write a list") if {
	pod.judged
	review.no_list(pod.spec.tolerations)
}

violation contains pod.fault(sprintf(".tolerations[%v]", [index]), text) if {
	pod.judged
	some index, toleration in pod.spec.tolerations
	not tolerable(toleration)
	text := sprintf("is for %s, which keeps tenants from nodes; remove it", [taint(toleration)])
}

# Without a key it is for all taints.
tolerable(toleration) if {
	toleration.key != ""
	review.matches_any(input.parameters.allowedTaints, toleration.key)
}

taint(toleration) := sprintf("the taint %s", [json.marshal(toleration.key)]) if {
	not toleration.key in {"", null}
} else := "every taint"

violation contains pod.fault(sprintf(".%s", [field]), "is no map; write a map") if {
	pod.judged
	some field in ["nodeSelector", "affinity"]
	review.no_map(pod.spec[field])
}

violation contains pod.fault(field, text) if {
	pod.judged
	some [field, key] in asked
	review.matches_any(input.parameters.forbiddenNodeLabels, key)
	text := sprintf("asks for nodes with the label %s, which are not for tenants; remove it", [json.marshal(key)])
}

asked contains [".nodeSelector", key] if some key, _ in pod.spec.nodeSelector

asked contains [sprintf(".affinity.nodeAffinity.%s", [field]), expression.key] if {
	some [field, term] in terms
	some expression in term.matchExpressions
	not expression.operator in {"NotIn", "DoesNotExist"}
}

terms contains ["requiredDuringSchedulingIgnoredDuringExecution", term] if {
	some term in pod.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
}

terms contains ["preferredDuringSchedulingIgnoredDuringExecution", item.preference] if {
	some item in pod.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution
}
