# Kubernetes quantities as whole billionths, so that they are added and compared exactly.
# (units.parse goes through doubles and prints ten decimals; units.parse_bytes reads "100m" of
# memory, a tenth of a byte, as 100 MB: neither reads what Kubernetes reads.)
package lib.quantity

units := {
	"n": 1,
	"u": 1000,
	"m": 1000000,
	"": 1000000000,
	"k": 1000000000000,
	"M": 1000000000000000,
	"G": 1000000000000000000,
	"T": 1000000000000000000000,
	"P": 1000000000000000000000000,
	"E": 1000000000000000000000000000,
	"Ki": 1024000000000,
	"Mi": 1048576000000000,
	"Gi": 1073741824000000000,
	"Ti": 1099511627776000000000,
	"Pi": 1125899906842624000000000,
	"Ei": 1152921504606846976000000000,
}

# Undefined for what is no quantity, is negative or finer than a billionth. Most are whole numbers of a
# unit, for which no expression is needed.
billionths(quantity) := to_number(digits) * units[unit] if {
	unit := trim_left(quantity, "0123456789")
	digits := trim_suffix(quantity, unit)
	digits != ""
	count(digits) <= 20
} else := fraction(text(quantity))

# 1.5Gi, 1e3, .5: the digits moved by as many places as the unit, or the exponent, has.
pattern := `^([0-9]{0,20})(?:\.([0-9]{0,20}))?([numkMGTPE]|[KMGTPE]i)?(?:[eE](\+?1[0-8]|[+-]?[0-9]))?$`

zeros := "000000000000000000000000000"

places := {"n": 0, "u": 3, "m": 6, "k": 12, "M": 15, "G": 18, "T": 21, "P": 24, "E": 27}

fraction(quantity) := to_number(digits) * times(unit) if {
	[_, whole, decimals, unit, exponent] := regex.find_all_string_submatch_n(pattern, quantity, 1)[0]
	concat("", [whole, decimals]) != ""
	shift := shifted(unit, exponent) - count(decimals)
	shift >= 0
	digits := concat("", ["0", whole, decimals, substring(zeros, 0, shift)])
}

shifted(unit, "") := object.get(places, unit, 9)

shifted("", exponent) := 9 + to_number(trim_left(exponent, "+")) if exponent != ""

times(unit) := units[unit] / units[""] if endswith(unit, "i")

times(unit) := 1 if not endswith(unit, "i")

# YAML's numbers are quantities too.
text(quantity) := quantity if is_string(quantity)

text(quantity) := json.marshal(quantity) if is_number(quantity)
