# The pod of any workload, so that a Deployment in a pipeline is judged as its Pods are at admission,
# and who is exempt.
package lib.pod

import data.lib.image
import data.lib.review

places := {
	"Pod": [],
	"PodTemplate": ["template"],
	"ReplicationController": ["spec", "template"],
	"Deployment": ["spec", "template"],
	"ReplicaSet": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
	"DaemonSet": ["spec", "template"],
	"Job": ["spec", "template"],
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
}

names := {
	"initContainers": "init container",
	"containers": "container",
	"ephemeralContainers": "ephemeral container",
	"volumes": "volume",
}

lists := ["initContainers", "containers", "ephemeralContainers"]

place := places[input.review.kind.kind]

where := concat(".", array.concat(place, ["spec"]))

default spec := null

spec := object.get(input.review.object, array.concat(place, ["spec"]), null)

# What is not asked about: a removal, or an update that leaves the pod as it was.
settled if review.removed

settled if review.untouched(array.concat(place, ["spec"]))

# Each container that is judged: {"list": "initContainers", "index": 0, "body": {…}}. (Lists, not sets:
# nothing need be compared to know that they differ. What parameters do not change is a rule of its
# own, so that it is the same for all policies.)
containers := all_containers if {
	not input.parameters.exemptImages
	not exempt_system
} else := [container |
	not exempt_system
	some container in all_containers
	not exempt_container(container.body)
]

all_containers := [{"list": list, "index": index, "body": body} |
	not settled
	some list in lists
	some index, body in spec[list]
]

# What belongs to the pod as a whole is judged unless all its containers are exempt.
judged if count(containers) > 0

# Each image, of containers and of image volumes: as containers, with "reference" ("" if it has none).
images := array.concat(container_images, volume_images)

container_images := [{"list": container.list, "index": container.index, "body": container.body, "reference": reference} |
	some container in containers
	reference := object.get(container.body, "image", "")
]

volume_images := [{"list": "volumes", "index": index, "body": volume, "reference": reference} |
	not settled
	some index, volume in spec.volumes
	source := volume.image
	source != null
	reference := reference_of(source)
	not exempt(reference)
]

reference_of(source) := object.get(source, "reference", "") if is_object(source)

reference_of(source) := "" if not is_object(source)

# By reference, so that each is taken apart once.
parsed := {reference: image.parse(reference) | some reference in references}

references contains item.reference if some item in images

# What names no image that a registry could be asked for.
unreadable contains complaint(item, "", text) if {
	some item in images
	not parsed[item.reference]
	text := sprintf("%s is no reference to an image in a registry; write registry/name:tag@sha256:digest", [json.marshal(item.reference)])
}

# Exemption by image holds for references that runtimes can read: nothing hides in a prefix.
exempt(reference) if {
	review.matches_any(input.parameters.exemptImages, reference)
	image.parse(reference)
}

exempt_container(body) if exempt(body.image)

# Pods for Windows cannot set most of what Linux has; kubelets run them on Windows only.
exempt_system if {
	input.parameters.exemptWindows == true
	spec.os.name == "windows"
}

# The container's own setting, else the pod's; null where both leave it open (never undefined: a
# negated call of an undefined argument would be undefined too, and nothing refused).
effective(container, field) := value if {
	value := container.body.securityContext[field]
	value != null
} else := value if {
	value := spec.securityContext[field]
} else := null

# What is not built as a pod is: it could not be looked at, so it is refused.
malformed contains finding if some finding in misshapen

malformed contains finding if {
	some container in mistyped
	container in containers
	finding := complaint(container, "securityContext", "is no map; write a map")
}

mistyped := [container |
	some container in all_containers
	review.no_map(container.body.securityContext)
]

misshapen contains finding if {
	not settled
	not place
	text := sprintf("%s is none that this policy knows a pod in; take it out of the constraint's match", [json.marshal(input.review.kind.kind)])
	finding := review.complaint("kind", text)
}

misshapen contains fault("", "is missing or no map, so there is no pod to judge; write the pod there") if {
	not settled
	not is_object(spec)
}

misshapen contains fault(".containers", "is empty, so there is nothing to judge; list the pod's containers") if {
	not settled
	is_object(spec)
	not spec.containers[0]
}

misshapen contains fault(sprintf(".%s", [list]), "is no list; write a list") if {
	not settled
	some list, _ in names
	review.no_list(spec[list])
}

misshapen contains fault(sprintf(".%s[%v]", [list, index]), "is no map; write a map") if {
	not settled
	some list, _ in names
	some index, body in spec[list]
	not is_object(body)
}

misshapen contains fault(".securityContext", "is no map; write a map") if {
	not settled
	review.no_map(spec.securityContext)
}

# A violation by a field of the pod.
fault(field, text) := review.complaint(sprintf("%s%s", [where, field]), text)

# A violation by a container or volume, or by a field of it.
complaint(item, field, text) := {
	"msg": review.one_line(sprintf("%s %s (%s): %s", [names[item.list], label, path, trim_left(sprintf("%s %s", [field, text]), " ")])),
	"details": {
		"container": label,
		"field": trim_right(sprintf("%s.%s", [path, field]), "."),
	},
} if {
	label := json.marshal(object.get(item.body, "name", ""))
	path := sprintf("%s.%s[%v]", [where, item.list, item.index])
}
