# What the hoster has found out about images, by digest: written by the hoster into the constraint, or
# into ConfigMaps that the judge has in its inventory. Annotations of pods are not asked: whoever
# writes the pod writes them.
package lib.fact

of(digest) := given(digest) | stored(digest)

given(digest) := {fact |
	some fact in input.parameters.images
	fact.digest == digest
}

# ConfigMap keys have no colon: sha256:0a1b… stands under sha256-0a1b…, as JSON. What is no JSON stands
# for itself: a fact that says nothing.
stored(digest) := {fact |
	source := input.parameters.facts
	key := replace(digest, ":", "-")
	some name in source.names
	fact := read(data.inventory.namespace[source.namespace].v1.ConfigMap[name].data[key])
}

read(text) := json.unmarshal(text) if {
	json.is_valid(text)
} else := text

# Undefined for what is no time. (By itself, so that each text is read once.)
instant(moment) := time.parse_rfc3339_ns(moment)

in_the_past(moment) if instant(moment) <= time.now_ns()

in_the_future(moment) if instant(moment) > time.now_ns()
