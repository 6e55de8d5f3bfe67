# Kubernetes quantities as whole billionths, so that they are added and compared exactly.
# (units.parse goes through doubles and prints ten decimals; units.parse_bytes reads "100m" of
# memory, a tenth of a byte, as 100 MB: neither reads what Kubernetes reads.)
package lib.quantity

# How many decimals a billionth has below each unit, and what is multiplied then.
units := {
	"n": [0, 1],
	"u": [3, 1],
	"m": [6, 1],
	"": [9, 1],
	"k": [12, 1],
	"M": [15, 1],
	"G": [18, 1],
	"T": [21, 1],
	"P": [24, 1],
	"E": [27, 1],
	"Ki": [9, 1024],
	"Mi": [9, 1048576],
	"Gi": [9, 1073741824],
	"Ti": [9, 1099511627776],
	"Pi": [9, 1125899906842624],
	"Ei": [9, 1152921504606846976],
}

pattern := `^([0-9]{0,20})(?:\.([0-9]{0,20}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE](\+?1[0-8]|[+-]?[0-9]))?$`

zeros := "000000000000000000000000000"

# Undefined for what is no quantity, is negative or finer than a billionth.
billionths(quantity) := to_number(digits) * unit[1] if {
	[_, whole, decimals, suffix, exponent] := regex.find_all_string_submatch_n(pattern, text(quantity), 1)[0]
	concat("", [whole, decimals]) != ""
	unit := scale(suffix, exponent)
	count(decimals) <= unit[0]
	padded := concat("", [whole, decimals, substring(zeros, 0, unit[0] - count(decimals))])
	digits := concat("", ["0", padded])
}

scale(suffix, "") := units[suffix]

scale("", exponent) := [9 + to_number(trim_left(exponent, "+")), 1] if exponent != ""

# YAML's numbers are quantities too.
text(quantity) := quantity if is_string(quantity)

text(quantity) := json.marshal(quantity) if is_number(quantity)
