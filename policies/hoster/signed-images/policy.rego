# Images whose signature was verified: this policy asks for the record of it.
package hoster.signed_images

import data.lib.fact
import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	digest := pod.parsed[item.reference].digest
	text := sprintf("image %s %s", [json.marshal(item.reference), problem(digest)])
}

problem("") := "has no digest, and only what has one can have been verified; append @sha256:… of the signed image"

problem(digest) := text if {
	digest != ""
	count(fact.of(digest)) == 0
	text := "has no record of a verified signature; have it signed and verified before it runs"
}

problem(digest) := text if {
	some revoked in fact.of(digest)
	not standing(revoked)
	text := "is signed by what was revoked; use another image"
}

problem(digest) := text if {
	facts := fact.of(digest)
	count(facts) > 0
	every record in facts {
		standing(record)
	}
	not verified(facts)
	text := sprintf("has no record of a signature by one of %s that still holds; have it verified anew", [json.marshal(object.get(input.parameters, "signers", []))])
}

standing(record) if object.get(record, "revoked", false) == false

verified(facts) if {
	some record in facts
	review.matches_any(input.parameters.signers, record.signer)
	fact.in_the_future(record.until)
}
