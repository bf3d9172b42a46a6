package lint

import (
	"regexp/syntax"
	"strconv"
	"unicode"

	"github.com/amqpgen/amqpgen/model"
)

func assertAgainstPractice(l *linter) {
	for _, d := range l.Domains {
		l.asserts("domain "+d.Name, d.Name, d.Type, d.Asserts, d.Pos)
	}
	for owner, f := range l.fields {
		name := f.Name
		if f.Domain != nil {
			name = f.Domain.Name
		}
		l.asserts(owner+": field "+f.Name, name, f.Type, f.Asserts, f.Pos)
	}
}

// asserts looks at the asserts of one thing; name is that of its domain, or
// its own.
func (l *linter) asserts(what, name string, typ model.Type, asserts []model.Assert, pos model.Pos) {
	for _, a := range asserts {
		switch a.Check {
		case "ne":
			if name == "access-ticket" && a.Value == "0" {
				l.addf(pos, "%s must not be 0, says the assert; brokers ignore it, and some hand out 0", what)
			}
		case "length":
			if n, err := strconv.Atoi(a.Value); err == nil && n < 255 && typ == model.ShortStr {
				l.addf(pos, "%s has at most %d octets, says the assert; brokers take what a shortstr holds, 255", what, n)
			}
		case "regexp":
			if _, err := syntax.Parse(a.Value, syntax.Perl); err != nil {
				l.addf(pos, "%s: the assert's regular expression %q does not parse", what, a.Value)
			} else if r := oddRange(a.Value); r != "" {
				l.addf(pos, "%s: the assert's regular expression %q has the range %s, which may be meant as three characters", what, a.Value, r)
			}
		}
	}
}

// oddRange returns a range of a character class that does not lie within the
// digits, the small letters or the capitals; empty if there is none.
func oddRange(expr string) string {
	inClass := false
	rs := []rune(expr)
	for i := 0; i < len(rs); i++ {
		switch {
		case rs[i] == '\\':
			i++
		case !inClass:
			inClass = rs[i] == '['
		case rs[i] == ']':
			inClass = false
		case i+2 < len(rs) && rs[i+1] == '-' && rs[i+2] != ']' && rs[i+2] != '\\':
			if !alike(rs[i], rs[i+2]) {
				return string(rs[i : i+3])
			}
			i += 2
		}
	}
	return ""
}

func alike(low, high rune) bool {
	return unicode.IsDigit(low) && unicode.IsDigit(high) ||
		unicode.IsLower(low) && unicode.IsLower(high) ||
		unicode.IsUpper(low) && unicode.IsUpper(high)
}
