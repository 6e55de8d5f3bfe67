# No image by a tag that moves: latest, none, or one of parameters.forbiddenTags.
package hoster.no_latest_tag

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	parts := pod.parsed[item.reference]
	parts.digest == ""
	moves(parts.tag)
	text := sprintf("image %s %s; name the version by its tag or, better, the digest", [json.marshal(item.reference), why(parts.tag)])
}

moves("")

moves(tag) if lower(tag) == "latest"

moves(tag) if {
	some pattern in input.parameters.forbiddenTags
	review.matches(lower(pattern), lower(tag))
}

why("") := "has no tag, which means latest"

why(tag) := sprintf("has the tag %s, which moves", [tag]) if tag != ""
