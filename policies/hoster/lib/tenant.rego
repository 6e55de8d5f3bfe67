# Whose a namespace is. Its tenant is what its own label says: what an object says of itself is
# chosen by whoever makes it.
package lib.tenant

import data.lib.review

label := object.get(input.parameters, "tenantLabel", "tenant")

# The Namespace object: of the review or, where that has none, of the inventory.
namespace := input.review.namespaceObject if {
	input.review.namespaceObject.metadata.name
} else := data.inventory.cluster.v1.Namespace[input.review.namespace]

# Undefined where the namespace is not known or has no label.
name := of(namespace)

of(subject) := subject.metadata.labels[label]

# The entries of parameters.tenants that hold for this namespace: by its tenant, or by its name.
entries contains entry if {
	some entry in input.parameters.tenants
	entry.tenant == name
}

entries contains entry if {
	some entry in input.parameters.tenants
	review.matches_any(entry.namespaces, input.review.namespace)
}
