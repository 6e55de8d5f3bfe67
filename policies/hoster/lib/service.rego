# Services.
package lib.service

import data.lib.review

spec := object.get(input.review.object, "spec", null)

settled if review.removed

settled if review.untouched(["spec"])

malformed contains review.complaint("spec", "is missing or no map, so there is no Service to judge; write it") if {
	not settled
	not is_object(spec)
}
